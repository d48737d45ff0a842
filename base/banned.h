/*
 * Functions that no file of the project may call; included in front of every file by
 * AM_CPPFLAGS. The system headers that declare them come first, so only our own uses
 * are errors.
 */
#ifndef LICET_BASE_BANNED_H
#define LICET_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat sprintf vsprintf strtok gmtime localtime gets

#endif
