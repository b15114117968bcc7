#include "ring.h"

static __attribute__((noinline)) int twin(int index)
{
	return ring_slots[index] + 1;
}

static inline __attribute__((always_inline)) int ring_pair(int index)
{
	return ring_slot(index)
		+ ring_slot(index + 1);
}

int ring_read(int index)
{
	int sum = twin(index);

	sum += ring_pair(index);
	ring_slots[0] = sum;
	return sum;
}
