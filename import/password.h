/*
 * password: asks a person for one, without echo, at the controlling terminal;
 * standard input may be the dump.
 */
#ifndef IMPORT_PASSWORD_H
#define IMPORT_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

/* False where there is no terminal or nothing was typed; password is then
 * "". */
bool password_ask(const char *prompt, char *password, size_t capacity);

#endif
