/* Functions of all kinds of arguments, and static markers whose arguments stand in every kind of
 * operand. With the argument "truth" it prints what a probe should see, a line each. */
#include <stdio.h>
#include <string.h>

/* A note as sys/sdt.h makes it. */
#define NOTE(provider, name, semaphore, arguments)                                              \
  "990: nop\n"                                                                                  \
  ".pushsection .note.stapsdt,\"?\",\"note\"\n"                                                 \
  ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n991: .asciz \"stapsdt\"\n992: .balign 4\n"        \
  "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " semaphore "\n"                             \
  ".asciz \"" provider "\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n"                    \
  "994: .balign 4\n.popsection\n"                                                               \
  ".ifndef _.stapsdt.base\n"                                                                    \
  ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                       \
  ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n"                    \
  ".size _.stapsdt.base,1\n.popsection\n.endif\n"

unsigned short guarded_semaphore __attribute__((section(".probes"), used));
long table[4] = {11, -22, 33, -44};
static int hidden_number __attribute__((used)) = -7;

static void registers(void) {
  asm volatile(
      "mov $0xfedcba9876543210, %%rax\n"
      "mov %%rax, %%rbx\n"
      "mov %%rax, %%r9\n"
      "mov %%rax, %%rsi\n"
      NOTE("forms", "registers", "0",
           "8@%%rax 4@%%eax -4@%%ebx 2@%%ax -2@%%r9w 1@%%al -1@%%bh 1@%%sil -8@%%r9")
      ::: "rax", "rbx", "r9", "rsi");
}

static void memory(const char *text) {
  asm volatile(
      "mov %0, %%rcx\n"
      "lea table(%%rip), %%rax\n"
      "mov $2, %%rdx\n"
      NOTE("forms", "memory", "0",
           "8@%%rcx 8@(%%rax) -8@8(%%rax) 8@(%%rax,%%rdx,8) 8@8+16(%%rax) 8@table+16(%%rip)"
           " -4@hidden_number(%%rip) -4@$-5 8@$0x10")
      ::"r"(text) : "rax", "rcx", "rdx", "memory");
}

static void guarded(int number) {
  if (__builtin_expect(guarded_semaphore, 0))
    asm volatile("mov %0, %%ecx\n" NOTE("other", "guarded", "guarded_semaphore", "-4@%%ecx")
                 ::"r"(number) : "ecx");
  else
    asm volatile("" ::: "memory");
}

/* One marker at two places. */
static void twice(long which) {
  if (which % 2)
    asm volatile("mov %0, %%rcx\n" NOTE("forms", "twice", "0", "8@%%rcx") ::"r"(which) : "rcx");
  else
    asm volatile("mov %0, %%rdx\n" NOTE("forms", "twice", "0", "-8@%%rdx") ::"r"(-which) : "rdx");
}

__attribute__((noinline)) long many(
    int a, unsigned b, long c, const char *d, short e, unsigned char f, long g, const char *h) {
  asm volatile("" ::: "memory");
  return a + b + c + e + f + g + (long)strlen(d) + (long)strlen(h);
}

__attribute__((noinline, used)) static int twofold(int n) {
  asm volatile("" ::: "memory");
  return 2 * n;
}

__attribute__((noinline)) long depth(long n) {
  long below = n == 0 ? 0 : depth(n - 1);
  asm volatile("" ::: "memory");
  return below + 1;
}

int main(int argc, char **argv) {
  /* A probe cannot read what the program itself has not yet had in memory. */
  const volatile char *four = "four", *eight = "eight";
  int touched = *four + *eight;
  int truth = argc > 1;
  for (int i = 0; i < 3; i++) {
    registers();
    memory("four");
    guarded(-i);
    twice(i);
    long sum = many(-i - 1, 4294967290u + i, 1L << 40, "four", -5, 250, -7 - i, "eight");
    int two = twofold(-i);
    if (truth) printf("many %d %u %d = %ld, twofold %d = %d\n", -i - 1, 4294967290u + i, -7 - i, sum, -i, two);
  }
  long deep = depth(20);
  if (truth) printf("depth %ld\n", deep);
  return touched == 0;
}
