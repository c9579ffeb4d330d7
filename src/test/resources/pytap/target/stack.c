/* Calls itself through frames of several shapes, then prints what a probe would capture there: the
   registers, the stack from the stack pointer upwards, and for comparison what glibc finds. */
#define _GNU_SOURCE
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STACK_BYTES 12288

struct captured {
  unsigned long rip, rsp, rbp, rbx, r12, r13, r14, r15;
};

static void __attribute__((noinline)) show(struct captured *at, void **frames, int count) {
  printf("registers %lx %lx %lx %lx %lx %lx %lx %lx\n", at->rip, at->rsp, at->rbp, at->rbx, at->r12,
         at->r13, at->r14, at->r15);
  printf("stack ");
  for (int i = 0; i < STACK_BYTES; i++) printf("%02x", ((unsigned char *)at->rsp)[i]);
  printf("\nframes");
  for (int i = 0; i < count; i++) printf(" %lx", (unsigned long)frames[i]);
  printf("\n");
  fflush(stdout);
  getchar(); /* stays until it has been looked at */
  exit(0);
}

static void __attribute__((noinline)) innermost(void) {
  void *frames[64];
  struct captured at;
  int count = backtrace(frames, 64);
  __asm__ volatile(
      "lea 0f(%%rip), %%rax\n0:\n\tmov %%rax, 0(%0)\n\tmov %%rsp, 8(%0)\n\tmov %%rbp, 16(%0)\n\t"
      "mov %%rbx, 24(%0)\n\tmov %%r12, 32(%0)\n\tmov %%r13, 40(%0)\n\tmov %%r14, 48(%0)\n\t"
      "mov %%r15, 56(%0)"
      :
      : "D"(&at)
      : "rax", "memory");
  show(&at, frames, count);
}

static void on_signal(int number) {
  if (number == SIGUSR1) innermost();
}

static int __attribute__((noinline)) with_room(int size) {
  volatile char *room = __builtin_alloca(size);
  room[0] = 1;
  raise(SIGUSR1); /* the kernel's own frame lies between */
  return room[0];
}

static int compare(const void *a, const void *b) {
  with_room(100 + *(const char *)a);
  return *(const char *)a - *(const char *)b;
}

static int __attribute__((noinline)) deeper(int left) {
  char numbers[4] = {3, 1, 2, 0};
  if (left == 0) qsort(numbers, 4, 1, compare); /* a frame of libc's */
  return left == 0 ? numbers[0] : deeper(left - 1) + numbers[left % 4];
}

int main(void) {
  signal(SIGUSR1, on_signal);
  return deeper(3);
}
