/* clang-format off */
extern volatile int ring_slots[64];

static inline __attribute__((always_inline)) int ring_slot(int index)
{
	return ring_slots[index & 63];
}
