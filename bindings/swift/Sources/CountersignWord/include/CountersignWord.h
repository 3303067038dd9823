// Two things that Swift offers only on the newest systems, or not at this price: a word that threads
// share, and a clock that goes on while the machine sleeps.
#ifndef COUNTERSIGN_WORD_H
#define COUNTERSIGN_WORD_H

#include <stdint.h>
#include <time.h>

static inline uint64_t countersign_word_load(const uint64_t *word) {
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void countersign_word_store(uint64_t *word, uint64_t value) {
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static inline void countersign_word_increment(uint64_t *word) {
	__atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
}

// Nanoseconds since some start, asleep or awake.
static inline uint64_t countersign_monotonic(void) {
	struct timespec now;
#if defined(__linux__)
	// CLOCK_MONOTONIC stands still in sleep here, and does not on Apple's systems.
	clock_gettime(CLOCK_BOOTTIME, &now);
#else
	clock_gettime(CLOCK_MONOTONIC, &now);
#endif
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
