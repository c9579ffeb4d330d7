/// Unwinds user stacks by the tables in `.eh_frame`: where a function was called from, and what its
/// caller's registers were.
///
/// Rule of the room: finds one pc's caller at a time; knows no process. Registers and stack come
/// from whoever walks.
///
/// ```
/// UnwindTable table = new UnwindTable(elf);
/// Optional<FrameRules> rules = table.at(linkTimeAddress);
/// Optional<Registers> caller = rules.get().caller(registers, stack);
/// ```
@NullMarked
package pytap.unwind;

import org.jspecify.annotations.NullMarked;
