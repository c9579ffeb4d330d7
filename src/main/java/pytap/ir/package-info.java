/// The typed program: probe points, handlers, functions and globals of one script, in no particular
/// script language.
///
/// Rule of the room: typed by construction. Every name is resolved, every expression knows its
/// [pytap.ir.Type], assignments and increments are explicit, aliases and macros are gone. Nothing
/// here knows how a handler is run. [pytap.ir.Printer] prints a program (it is what `-p2` shows and
/// golden tests compare); [pytap.ir.Verifier] rejects a program that a front end built wrongly.
///
/// Text is bytes, as in SystemTap: a Java `String` in this package holds one byte per `char` (ISO
/// 8859-1), never decoded Unicode.
@NullMarked
package pytap.ir;

import org.jspecify.annotations.NullMarked;
