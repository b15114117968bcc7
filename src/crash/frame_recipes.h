#pragma once

#include "crash/oops_table.h"

// The ways to find the function to blame, shared by the rows of oops_table.cpp.
namespace rigbisect::recipes {

inline constexpr Pattern trace = FrameRecipe::trace_step;

inline constexpr Pattern call_trace = "Call Trace:\nCall trace:\nBacktrace:";

// The instruction pointer: x86 (RIP, IP, EIP), arm (pc, PC is at), riscv (epc), powerpc (NIP). A pointer that
// is no function still moves on to the trace behind it.
inline constexpr Pattern instruction_pointer =
    "[IP|NIP|pc |PC is at][:|] [blank][seg][pcs]{func}\n"
    "[IP|NIP|pc |PC is at][:|] [blank][seg]0x[hex]\n"
    "[IP|NIP|pc |PC is at][:|] [blank][seg][pcs][blank]\\[<[blank](null)>\\][blank](null)\n"
    "[IP|NIP|pc |PC is at][:|] [blank][seg][blank](null)";

inline constexpr Pattern trace_only[] = {call_trace, trace};
inline constexpr Pattern pointer_then_trace[] = {instruction_pointer, call_trace, trace};
inline constexpr Pattern interrupt_then_trace[] = {
    "[IP|NIP|pc |PC is at][:|] [blank][seg][pcs]{func}\n--- interrupt: [hex] at {func}", trace};
inline constexpr Pattern held_lock_then_trace[] = {"at: [pcs]{func}", "at: [pcs]{func}", trace};

inline constexpr FrameRecipe from_trace = {.steps = trace_only};
inline constexpr FrameRecipe from_pointer = {.steps = pointer_then_trace};
inline constexpr FrameRecipe stall = {.steps = pointer_then_trace, .choice = FrameChoice::stall};

}  // namespace rigbisect::recipes
