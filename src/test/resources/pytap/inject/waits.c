/* Threads that wait in every way there is, again and again, and check what each wait answers; busy
 * threads that call a function and check what it computes. Ends with status 0 when its input ends,
 * aborts at the first answer that is not right. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int ending;
static atomic_long rounds;

#define CHECK(what) \
  do { \
    if (!(what)) { \
      fprintf(stderr, "line %d: %s is not so, errno %d\n", __LINE__, #what, errno); \
      abort(); \
    } \
  } while (0)

/* Some waits end with EINTR where a tracer dies within microseconds of stopping a thread. */
static int may_be_interrupted;

#define CHECK_UNLESS_INTERRUPTED(what) \
  do { \
    errno = 0; \
    if (!(what) && !(may_be_interrupted && errno == EINTR)) { \
      CHECK(!#what); \
    } \
  } while (0)

static struct timespec short_time = {0, 3000000};

/* What a tracer may patch: the compiler must not move anything in it. */
__asm__(
    ".text\n.globl patched\n.type patched,@function\npatched:\n"
    "  lea 1(%rdi),%rax\n  nop\n  add %rsi,%rax\n  add %rdx,%rax\n  ret\n"
    ".size patched,.-patched\n"
    ".globl patched_end\npatched_end:\n");
extern long patched(long a, long b, long c);
extern char patched_end[];

static void *busy(void *unused) {
  for (long i = 0; !ending; i++) {
    CHECK(patched(i, 2 * i, 3 * i) == 6 * i + 1);
    double x = i * 0.5;
    CHECK(x + x == (double)i);
  }
  return unused;
}

static void *futex(void *unused) {
  int word = 7;
  while (!ending) {
    CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 7, &short_time, 0, 0) == -1 && errno == ETIMEDOUT);
    rounds++;
  }
  return unused;
}

static void *sleeper(void *unused) {
  while (!ending) {
    CHECK(nanosleep(&short_time, 0) == 0);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &short_time, 0) == 0);
    rounds++;
  }
  return unused;
}

static void *poller(void *unused) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  while (!ending) {
    struct pollfd entry = {ends[0], POLLIN, 0};
    CHECK(poll(&entry, 1, 3) == 0);
    CHECK(ppoll(&entry, 1, &short_time, 0) == 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval time = {0, 3000};
    CHECK(select(ends[0] + 1, &set, 0, 0, &time) == 0);
    FD_SET(ends[0], &set);
    CHECK(pselect(ends[0] + 1, &set, 0, 0, &short_time, 0) == 0);
    rounds++;
  }
  return unused;
}

static void *epoller(void *unused) {
  int ends[2];
  CHECK(pipe(ends) == 0);
  int set = epoll_create1(0);
  struct epoll_event event = {EPOLLIN, {0}};
  CHECK(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event) == 0);
  sigset_t none;
  sigemptyset(&none);
  sigaddset(&none, SIGUSR1);
  while (!ending) {
    CHECK_UNLESS_INTERRUPTED(epoll_wait(set, &event, 1, 3) == 0);
    CHECK_UNLESS_INTERRUPTED(epoll_pwait(set, &event, 1, 3, &none) == 0);
    rounds++;
  }
  return unused;
}

static void *semaphore(void *unused) {
  int id = semget(IPC_PRIVATE, 1, 0600);
  CHECK(id >= 0);
  while (!ending) {
    struct sembuf take = {0, -1, 0};
    CHECK_UNLESS_INTERRUPTED(semtimedop(id, &take, 1, &short_time) == -1 && errno == EAGAIN);
    rounds++;
  }
  semctl(id, 0, IPC_RMID);
  return unused;
}

static void *receiver(void *unused) {
  int ends[2];
  CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  struct timeval time = {0, 3000};
  CHECK(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) == 0);
  char byte;
  while (!ending) {
    CHECK_UNLESS_INTERRUPTED(recv(ends[0], &byte, 1, 0) == -1 && errno == EAGAIN);
    CHECK_UNLESS_INTERRUPTED(read(ends[0], &byte, 1) == -1 && errno == EAGAIN);
    rounds++;
  }
  return unused;
}

static void *signals(void *unused) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  while (!ending) {
    CHECK_UNLESS_INTERRUPTED(sigtimedwait(&set, 0, &short_time) == -1 && errno == EAGAIN);
    rounds++;
  }
  return unused;
}

static int pipe_to_reader[2];

static void *reader(void *unused) {
  char byte;
  while (!ending) {
    CHECK(read(pipe_to_reader[0], &byte, 1) == 1 && byte == 'x');
    rounds++;
  }
  return unused;
}

static void *writer(void *unused) {
  while (!ending) {
    CHECK(write(pipe_to_reader[1], "x", 1) == 1);
    nanosleep(&short_time, 0);
  }
  return unused;
}

static struct sockaddr_in address;
static int listener;

static void *acceptor(void *unused) {
  while (!ending) {
    int fd = accept(listener, 0, 0);
    CHECK(fd >= 0);
    CHECK(close(fd) == 0);
    rounds++;
  }
  return unused;
}

static void *connector(void *unused) {
  while (!ending) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(close(fd) == 0);
    nanosleep(&short_time, 0);
  }
  return unused;
}

static void *parent(void *unused) {
  while (!ending) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      nanosleep(&short_time, 0);
      _exit(patched(1, 2, 3) == 7 ? 23 : 24);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 23);
    rounds++;
  }
  return unused;
}

static void *vforker(void *unused) {
  while (!ending) {
    pid_t child = vfork();
    CHECK(child >= 0);
    if (child == 0) {
      execl("/bin/true", "true", (char *)0);
      _exit(25);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    nanosleep(&short_time, 0);
    rounds++;
  }
  return unused;
}

static void *short_lived(void *unused) {
  rounds++;
  return unused;
}

static void *spawner(void *unused) {
  while (!ending) {
    pthread_t thread;
    CHECK(pthread_create(&thread, 0, short_lived, 0) == 0);
    CHECK(pthread_join(thread, 0) == 0);
    nanosleep(&short_time, 0);
  }
  return unused;
}

static atomic_long alarms;

static void alarmed(int signal) {
  alarms += signal == SIGUSR1;
}

/* Every signal sent must arrive, and end the pause that it meets. */
static void *sender(void *unused) {
  long sent = 0;
  while (!ending) {
    CHECK(kill(getpid(), SIGUSR1) == 0);
    sent++;
    while (alarms < sent) {
      nanosleep(&short_time, 0);
    }
    rounds++;
  }
  return unused;
}

/* From here on memfd_create ends as said: "allow", "errno" or "kill". */
static void filter(const char *how) {
  unsigned answer = !strcmp(how, "allow") ? SECCOMP_RET_ALLOW
      : !strcmp(how, "errno") ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_KILL_PROCESS;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_memfd_create, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, answer),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

int main(int count, char **words) {
  void *(*all[])(void *) = {busy, futex, sleeper, poller, epoller, semaphore, receiver,
      signals, reader, writer, acceptor, connector, parent, vforker, spawner, sender, busy};
  int number = sizeof all / sizeof *all;
  pthread_t threads[sizeof all / sizeof *all];
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGUSR2);
  CHECK(sigprocmask(SIG_BLOCK, &set, 0) == 0);
  signal(SIGUSR1, alarmed);
  CHECK(pipe(pipe_to_reader) == 0);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(bind(listener, (struct sockaddr *)&address, sizeof address) == 0);
  socklen_t size = sizeof address;
  CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
  CHECK(listen(listener, 10) == 0);
  may_be_interrupted = count > 1 && !strcmp(words[1], "interrupted");
  int first = count > 1 && !strcmp(words[1], "busy") ? number - 1 : 0;
  int last = count > 1 && (!strcmp(words[1], "quiet") || !strcmp(words[1], "exec")) ? 0 : number;
  if (count > 2) {
    filter(words[2]);
  }
  for (int i = first; i < last; i++) {
    CHECK(pthread_create(&threads[i], 0, all[i], 0) == 0);
  }
  /* Handlers run in this thread only: many waits end with EINTR where one runs. */
  sigdelset(&set, SIGUSR2);
  CHECK(sigprocmask(SIG_UNBLOCK, &set, 0) == 0);
  printf("%lx %lx %d\n", (long)patched, (long)patched_end, getpid());
  fflush(stdout);
  char line[100];
  ssize_t got;
  while ((got = read(0, line, sizeof line)) > 0) {
    if (count > 1 && !strcmp(words[1], "exec")) {
      execl("/bin/sh", "sh", "-c", "echo became another; read line", (char *)0);
    }
    printf("%ld %ld\n", (long)rounds, patched(1, 2, 3));
    fflush(stdout);
  }
  CHECK(got == 0);
  _exit(0);
}
