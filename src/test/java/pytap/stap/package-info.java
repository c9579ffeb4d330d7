/// Tests of the SystemTap language: golden cases in `src/test/resources/pytap/stap`, and random
/// scripts.
@NullMarked
package pytap.stap;

import org.jspecify.annotations.NullMarked;
