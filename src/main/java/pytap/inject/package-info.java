/// Putting code into another process, and taking it back.
///
/// Rule of the room: the only one that writes to another process; the undo is recorded before the
/// deed. It works by system calls on what it finds in /proc/PID, and knows neither Python nor what
/// the code does. pytap may be killed between any two of its steps, and the target must not notice:
/// no step leaves it in a state that needs another step of ours.
///
/// ```java
/// try (Target target = Target.running(kernel, pid)) {
///   Region region = target.region(textStart, textEnd, controlBytes, sharedBytes, ringBytes);
///   InProcessImage image = InProcessGenerator.generate(…, target.codeOffset(region), …);
///   target.write(image.address(), image.code().toArray());
///   target.write(region.layout().control(), template);
///   target.patch(region, image.hooks(), image.links());
///   …                                        // drain region.ring()
///   target.unpatch(region);
/// }
/// ```
///
/// **One shot.** Memory in the target is made by the target: one of its threads runs a [Stub], a
/// few hundred bytes in the unused tail of a page of code, that makes a file in memory, maps it and
/// continues what the thread was doing. pytap watches it call by call. Should pytap be killed, the
/// stub runs to its end by itself. Meanwhile the other threads run, but for those in calls that
/// might end with EINTR.
///
/// **All stop.** Jumps are written while every thread is stopped and none stands inside what is
/// replaced. A thread is let go as if it had never been stopped: calls that a stop ends with EINTR
/// are made to begin again by the kernel's own means.
///
/// **Links.** Where the target keeps functions to call, an entry of ours is put there instead of a
/// jump: in the region's data memory, which the target may read and write and which is never given
/// back. It is taken out by looking for it where the target would, not by writing back what was
/// there before: others may have come and gone meanwhile.
///
/// **Before a stop** all is found out that can be ([Findings]), and once all stand still it is only
/// asked whether that is still true. A [Rehearsal] has taken every step before on a child of our
/// own, as a JVM takes ten times as long for what it does the first time.
///
/// **The region** keeps the list of what was replaced in its first pages, so that the next pytap
/// finds and undoes what a killed one left.
@NullMarked
package pytap.inject;

import org.jspecify.annotations.NullMarked;
