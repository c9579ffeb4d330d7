/* A thread that does nothing but look at the clock, and so knows for how long it was stopped. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

static volatile long longest;

static long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000L + time.tv_nsec;
}

/* A thread that is preempted is switched against its will; one that a tracer stops is not. */
static long willing_switches(void) {
  struct rusage used;
  getrusage(RUSAGE_THREAD, &used);
  return used.ru_nvcsw;
}

static void *look(void *unused) {
  long switches = willing_switches(), last = now();
  for (;;) {
    long time = now();
    if (time - last > 20000) {
      long then = willing_switches();
      if (then != switches && time - last > longest) {
        longest = time - last;
      }
      switches = then;
      time = now();
    }
    last = time;
  }
  return unused;
}

void begin(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, look, NULL);
}

/* The longest stop since this was last asked, in ns. */
long longest_stop(void) {
  long found = longest;
  longest = 0;
  return found;
}
