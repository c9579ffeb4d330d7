/*
 * A profile function in C, for oracle.py: what sys.setprofile() records, without needing a level
 * of the recursion limit or a Python frame of its own.
 *
 * It is one shared object for every CPython from 2.7 on (loaded with ctypes.PyDLL), so it declares
 * the few functions of the C API that it uses instead of including Python.h, and looks into no
 * object. Each function is called with the GIL held, or by a thread that a build without one knows.
 */

#include <pthread.h>
#include <stdlib.h>

typedef struct _object PyObject;
typedef int (*profile_function)(PyObject *, PyObject *, int, PyObject *);

extern void PyEval_SetProfile(profile_function, PyObject *);
extern int PyFrame_GetLineNumber(PyObject *);
extern PyObject *PyObject_GetAttrString(PyObject *, const char *);
extern void Py_DecRef(PyObject *);
extern void Py_IncRef(PyObject *);
extern long PyLong_AsLong(PyObject *);
extern int PyErr_GivenExceptionMatches(PyObject *, PyObject *);
extern PyObject *PyExc_GeneratorExit;
extern long PyInt_AsLong(PyObject *) __attribute__((weak)); /* 2.x */

/* Include/pystate.h: PyTrace_CALL and PyTrace_RETURN, the same numbers in every version */
enum { TRACE_CALL = 0, TRACE_RETURN = 3 };

struct event {
  unsigned long thread;
  PyObject *code; /* owned for ever: oracle.py reads it at the end */
  int is_return;
  int by_exception; /* a return; from 3.12 on also a call by throw(), 2: of GeneratorExit */
  int line;
  int last_instruction;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held only where no Python code runs */
static struct event *events;
static long event_count;
static long event_capacity;
static __thread long own_last = -1; /* the calling thread's last event */

static int record(PyObject *self, PyObject *frame, int what, PyObject *argument) {
  (void)self;
  if (what != TRACE_CALL && what != TRACE_RETURN) {
    return 0;
  }
  struct event event;
  event.thread = (unsigned long)pthread_self();
  event.code = PyObject_GetAttrString(frame, "f_code");
  event.is_return = what == TRACE_RETURN;
  event.by_exception = what == TRACE_RETURN && !argument;
  event.line = PyFrame_GetLineNumber(frame);
  PyObject *last = PyObject_GetAttrString(frame, "f_lasti");
  event.last_instruction = (int)(PyInt_AsLong ? PyInt_AsLong(last) : PyLong_AsLong(last));
  Py_DecRef(last);
  pthread_mutex_lock(&lock);
  if (event_count == event_capacity) {
    event_capacity = event_capacity ? event_capacity * 2 : 65536;
    events = realloc(events, event_capacity * sizeof(struct event));
    if (!events) {
      abort();
    }
  }
  own_last = event_count++;
  events[own_last] = event;
  pthread_mutex_unlock(&lock);
  return 0;
}

/* Begins to record in the calling thread. */
void recorder_arm(void) {
  PyEval_SetProfile(record, NULL);
}

/* Ends to record in the calling thread. */
void recorder_disarm(void) {
  PyEval_SetProfile(NULL, NULL);
}

/*
 * A callback for sys.monitoring's PY_THROW and PY_UNWIND: code, instruction offset, exception. It
 * comes just after the profile function, as sys.monitoring calls its tools from the highest
 * number down.
 */
int recorder_note_exception(PyObject *code, PyObject *offset, PyObject *exception) {
  (void)code, (void)offset;
  if (own_last >= 0) {
    int closes = PyErr_GivenExceptionMatches(exception, PyExc_GeneratorExit);
    pthread_mutex_lock(&lock);
    events[own_last].by_exception = 1 + closes;
    pthread_mutex_unlock(&lock);
  }
  return 0;
}

struct event *recorder_events(void) {
  return events;
}

long recorder_event_count(void) {
  return event_count;
}

struct line {
  unsigned long thread;
  PyObject *code; /* owned for ever */
  int line;
};

static struct line *lines;
static long line_count;
static long line_capacity;

/* A callback for sys.monitoring's LINE. */
int recorder_note_line(PyObject *code, PyObject *number) {
  int line = (int)PyLong_AsLong(number);
  Py_IncRef(code);
  pthread_mutex_lock(&lock);
  if (line_count == line_capacity) {
    line_capacity = line_capacity ? line_capacity * 2 : 65536;
    lines = realloc(lines, line_capacity * sizeof(struct line));
    if (!lines) {
      abort();
    }
  }
  lines[line_count++] = (struct line){(unsigned long)pthread_self(), code, line};
  pthread_mutex_unlock(&lock);
  return 0;
}

struct line *recorder_lines(void) {
  return lines;
}

long recorder_line_count(void) {
  return line_count;
}
