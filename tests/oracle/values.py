"""Values of both sides under the type of a PostgreSQL column, so that what is
equal there is equal here."""

import datetime
import decimal
import functools
import json
import re
import sqlite3
import struct

EPOCH = datetime.datetime(1, 1, 1)


class Text(bytes):
    """TEXT of SQLite, told apart from a BLOB, which is plain bytes."""


class Mismatch(Exception):
    """A value of one side cannot be a value of the other's type."""


def real_bits(value):
    return struct.pack(">d", value)


def real_text(value):
    """A REAL in a text column, as FORMAT.md writes reals."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    sign, digits, exponent = decimal.Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, digits))
    stripped = digits.rstrip("0") or "0"
    exponent += len(digits) - len(stripped)
    if stripped == "0":
        exponent = 0
    point = exponent + len(stripped)        # 0.DIGITS * 10^point
    scientific = point - 1
    if -5 < scientific < 15:
        if point <= 0:
            text = "0." + "0" * -point + stripped
        elif point >= len(stripped):
            text = stripped + "0" * (point - len(stripped)) + ".0"
        else:
            text = stripped[:point] + "." + stripped[point:]
    else:
        text = stripped[0]
        if len(stripped) > 1:
            text += "." + stripped[1:]
        text += "e%s%02d" % ("-" if scientific < 0 else "+", abs(scientific))
    return ("-" if sign else "") + text


@functools.lru_cache(maxsize=1 << 16)
def plain_decimal(text):
    """A number as (sign, digits, exponent) without needless zeros."""
    try:
        number = decimal.Decimal(text)
    except decimal.InvalidOperation:
        raise Mismatch("not a number: %r" % text)
    if not number.is_finite():
        return str(number)
    sign, digits, exponent = number.as_tuple()
    digits = "".join(map(str, digits)).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return (0, "", 0)
    return (sign, stripped, exponent + len(digits) - len(stripped))


TRUE = {"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"}
FALSE = {"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"}

MOMENT = re.compile(
    r"(?:(\d{4})-(\d\d)-(\d\d))?(?:[ T])?"
    r"(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?"
    r"(?: ?(Z|UTC|[+-]\d\d(?::?\d\d)?(?::\d\d)?))?", re.I | re.ASCII)


def moment(text):
    """ISO date, time or both as (date days, microseconds of day, zone s)."""
    match = MOMENT.fullmatch(text.strip())
    if not match or not text.strip():
        raise Mismatch("not a date or time: %r" % text)
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    days = micros = shift = None
    if year:
        try:
            days = (datetime.datetime(int(year), int(month), int(day))
                    - EPOCH).days
        except ValueError:
            raise Mismatch("no such day: %r" % text)
    if hour:
        digits = (fraction or "").ljust(6, "0")
        if digits[6:].strip("0"):
            raise Mismatch("finer than microseconds: %r" % text)
        micros = ((int(hour) * 60 + int(minute)) * 60
                  + int(second or 0)) * 10**6 + int(digits[:6])
    if zone and zone.upper() not in ("Z", "UTC"):
        fields = re.findall(r"\d\d", zone)
        shift = sum(int(field) * unit
                    for field, unit in zip(fields, (3600, 60, 1)))
        if zone[0] == "-":
            shift = -shift
    elif zone:
        shift = 0
    return days, micros, shift


def from_julian(value):
    """A Julian day by SQLite's own word, to the millisecond."""
    clock = sqlite3.connect(":memory:")
    text = clock.execute("SELECT strftime('%Y-%m-%d %H:%M:%f', ?)",
                         (value,)).fetchone()[0]
    clock.close()
    if text is None:
        raise Mismatch("not a Julian day: %r" % value)
    return text


def decoded(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise Mismatch("not UTF-8: %r" % bytes(value[:40]))


def as_text(value):
    """A value as the text it has in a text column, in bytes."""
    if type(value) is Text and value.isascii() and b"\0" not in value:
        return bytes(value)     # most of them
    if isinstance(value, int):
        return str(value).encode()
    if isinstance(value, float):
        return real_text(value).encode()
    if isinstance(value, Text):
        decoded(value)
        if b"\0" in value:
            raise Mismatch("text with NUL")
        return bytes(value)
    raise Mismatch("a blob in a text column")


def as_boolean(value):
    word = decoded(as_text(value)).strip().lower()
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise Mismatch("not a boolean: %r" % word)


INTEGER = re.compile(rb"-?\d+")


def as_integer(value):
    if type(value) is int:
        return value
    if type(value) is Text and INTEGER.fullmatch(value):
        return int(value)       # most of them
    if isinstance(value, float):
        if not value.is_integer():
            raise Mismatch("not an integer: %r" % value)
        return int(value)
    text = decoded(as_text(value)).strip()
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise Mismatch("not an integer: %r" % text)
    return int(text)


def as_double(value):
    if isinstance(value, int):
        if int(float(value)) != value:
            raise Mismatch("%d is not a double" % value)
        return real_bits(float(value))
    if isinstance(value, float):
        return real_bits(value)
    try:
        return real_bits(float(decoded(as_text(value))))
    except ValueError:
        raise Mismatch("not a number: %r" % value)


def as_single(value):
    bits = as_double(value)
    number = struct.unpack(">d", bits)[0]
    return struct.pack(">f", number)


def as_numeric(value):
    if isinstance(value, float):
        return plain_decimal(repr(value))
    return plain_decimal(decoded(as_text(value)).strip())


def as_bytes(value):
    if isinstance(value, (int, float)):
        return as_text(value)
    return bytes(value)


def as_uuid(value):
    if isinstance(value, bytes) and not isinstance(value, Text):
        text = value.hex()
    else:
        text = re.sub("[-{}]", "", decoded(as_text(value))).lower()
    if not re.fullmatch("[0-9a-f]{32}", text):
        raise Mismatch("not a UUID: %r" % value)
    return text


def settled(document):
    """JSON as something that can be compared and hashed."""
    if isinstance(document, dict):
        return ("object", tuple(sorted((name, settled(member))
                                       for name, member in document.items())))
    if isinstance(document, list):
        return ("array", tuple(settled(member) for member in document))
    if isinstance(document, decimal.Decimal):
        return ("number", plain_decimal(document))
    return (type(document).__name__, document)


def as_jsonb(value):
    text = decoded(as_text(value))
    try:
        document = json.loads(text, parse_float=decimal.Decimal,
                              parse_int=decimal.Decimal)
    except ValueError:
        raise Mismatch("not JSON: %r" % text[:40])
    return settled(document)


def as_date(value):
    text = from_julian(value) if isinstance(value, float) else \
        decoded(as_text(value))
    days, micros, _ = moment(text)
    if days is None or micros:
        raise Mismatch("not a date: %r" % text)
    return days


def as_time(value):
    text = decoded(as_text(value))
    days, micros, zone = moment(text)
    if days is not None or micros is None or zone:
        raise Mismatch("not a time: %r" % text)
    return micros


def as_timestamp(value):
    """Microseconds; what bears no zone is in UTC."""
    text = from_julian(value) if isinstance(value, float) else \
        decoded(as_text(value))
    days, micros, zone = moment(text)
    if days is None:
        raise Mismatch("not a timestamp: %r" % text)
    return (days * 86400 - (zone or 0)) * 10**6 + (micros or 0)


# By PostgreSQL type: how a value of either side becomes comparable.
CANONICAL = {
    "boolean": as_boolean,
    "smallint": as_integer,
    "integer": as_integer,
    "bigint": as_integer,
    "real": as_single,
    "double precision": as_double,
    "numeric": as_numeric,
    "bytea": as_bytes,
    "uuid": as_uuid,
    "json": as_text,
    "jsonb": as_jsonb,
    "date": as_date,
    "time without time zone": as_time,
    "timestamp without time zone": as_timestamp,
    "timestamp with time zone": as_timestamp,
    "text": as_text,
    "character varying": as_text,
    "character": as_text,
}


def from_hex(field):
    if not field.startswith(b"\\x"):
        raise Mismatch("not hex: %r" % field[:40])
    return bytes.fromhex(field[2:].decode("ascii"))


def from_server(kinds, fields):
    """Fields of COPY's text, their escapes undone, as source values."""
    return [None if field is None
            else from_hex(field) if kind == "bytea" else Text(field)
            for kind, field in zip(kinds, fields)]
