/// The SystemTap language: script text and tapsets in, [pytap.ir.Program] or diagnostics out.
///
/// Rule of the room: all meaning of the language lives here, and every pass is a function of its
/// input: no files but our own tapsets, no clock, no environment. The entry is
/// [pytap.stap.StapCompiler]. The passes, in order:
///
/// ```
/// Lexer           characters to tokens; $1 and @1 become the script's arguments
/// Preprocessor    tokens to tokens: %( … %), @define
/// ScriptParser    tokens to a ScriptTree (what -p1 prints), all parse errors of one run
/// ProbeExpander   probe points and aliases to occasions
/// Binder          names to variables and functions: a bound tree
/// ForeachCheck    no array changes under its own foreach
/// Elider          what nobody reads is not computed
/// TypeInference   long or string for every variable, by fixpoint over the whole script
/// Lowering        the bound tree to pytap.ir
/// ```
///
/// Text is bytes: every `String` of script text holds one byte per `char` (ISO 8859-1), so columns
/// are byte columns. Messages, positions and their order are SystemTap's wherever a script could
/// tell.
@NullMarked
package pytap.stap;

import org.jspecify.annotations.NullMarked;
