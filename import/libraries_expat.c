/* SPDX-License-Identifier: MPL-2.0 */
/* The functions of expat that are called here; see core/libraries.h. */

#include <expat.h>

#include "core/libraries.h"

#define EXPAT(...) TRUST_LIBRARY_CALL(TRUST_LIBRARY_EXPAT, __VA_ARGS__)

EXPAT(XML_Parser, XML_ParserCreate, (const XML_Char *encoding), (encoding))
EXPAT(void, XML_ParserFree, (XML_Parser parser), (parser))
EXPAT(void, XML_SetUserData, (XML_Parser parser, void *data), (parser, data))
EXPAT(void, XML_SetElementHandler,
    (XML_Parser parser, XML_StartElementHandler start, XML_EndElementHandler end),
    (parser, start, end))
EXPAT(void, XML_SetCharacterDataHandler, (XML_Parser parser, XML_CharacterDataHandler handler),
    (parser, handler))
EXPAT(void, XML_SetStartDoctypeDeclHandler, (XML_Parser parser, XML_StartDoctypeDeclHandler start),
    (parser, start))
EXPAT(void, XML_SetSkippedEntityHandler, (XML_Parser parser, XML_SkippedEntityHandler handler),
    (parser, handler))
EXPAT(enum XML_Status, XML_Parse, (XML_Parser parser, const char *text, int size, int is_final),
    (parser, text, size, is_final))
EXPAT(enum XML_Status, XML_StopParser, (XML_Parser parser, XML_Bool resumable), (parser, resumable))
EXPAT(enum XML_Error, XML_GetErrorCode, (XML_Parser parser), (parser))
EXPAT(XML_Size, XML_GetCurrentLineNumber, (XML_Parser parser), (parser))
EXPAT(const XML_LChar *, XML_ErrorString, (enum XML_Error code), (code))
