/// Handlers as JVM code: a placed program in, the bytes of one class out, and its loader.
///
/// Rule of the room: generating is pure (same plan and limits, same bytes); only
/// [pytap.gen.jvm.HandlerLoader] makes anything of the bytes. All that a running script keeps lives
/// in its [pytap.runtime.Machine], so the class has no state but its literals. Numbers are `long`
/// in JVM locals, strings are references to [pytap.runtime.ByteString]; nothing is boxed.
///
/// This code runs once, in a cold JVM, between the user's Enter and the first probe. It therefore
/// tells node kinds apart with `instanceof` instead of pattern `switch`, whose bootstrap costs
/// milliseconds even with an AOT cache (2.4 ms for the first and 0.5 ms for each further one on JDK
/// 25), and it uses no lambdas and no record equality for the same reason.
@NullMarked
package pytap.gen.jvm;

import org.jspecify.annotations.NullMarked;
