// A target of C has to have a source; the functions stand in the header, to be inlined.
#include "CountersignWord.h"
