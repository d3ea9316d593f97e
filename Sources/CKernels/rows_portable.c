// Layer norm, quantisation, embedding and pooling in portable C: the definition.
#include "instruction_sets.h"
#include "lanes_portable.h"

#define NAME(operation) operation##_portable
#define ROW_TILE 1
#include "rows_body.h"
