// Attention in portable C: the definition.
#include "instruction_sets.h"
#include "lanes_portable.h"

#define NAME(operation) operation##_portable
#define QUERY_TILE 1
#include "attention_body.h"
