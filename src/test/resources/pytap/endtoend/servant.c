/* What servant.py cannot do in Python: waits of which a tracer's stop may become visible. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <time.h>
#include <unistd.h>

/* So that it loads into Pythons of older systems, too. */
__asm__(".symver pthread_create,pthread_create@GLIBC_2.2.5");
__asm__(".symver pthread_sigmask,pthread_sigmask@GLIBC_2.2.5");

static volatile int vfork_has_begun, status_of_vfork;

/* Waits for a vforked child that executes another program only after so many milliseconds. */
void wait_in_vfork(int millis, char *python) {
  char *const words[] = {python, "-S", "-c", "", NULL};
  struct timespec time = {millis / 1000, millis % 1000 * 1000000};
  int status = -1;
  pid_t child;
  vfork_has_begun = 0;
  child = vfork();
  if (child == 0) {
    vfork_has_begun = 1;
    while (nanosleep(&time, &time) != 0) {
    }
    execv(words[0], words);
    _exit(99);
  }
  waitpid(child, &status, 0);
  status_of_vfork = status;
}

void vfork_begun(void) {
  while (!vfork_has_begun) {
    sched_yield();
  }
}

int vfork_status(void) { return status_of_vfork; }

/* The process goes on, if it has other threads. */
void end_thread(void) { syscall(SYS_exit, 0); }

static int never[2];
static volatile int confined;

static void *confine(void *unused) {
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
  confined = 1;
  return read(never[0], &never[1], 1) < 0 ? unused : NULL;
}

/* Returns when another thread is in seccomp's strict mode, where it waits. */
void confine_thread(void) {
  pthread_t thread;
  if (pipe(never)) {
    perror("servant.c");
    _exit(98);
  }
  pthread_create(&thread, NULL, confine, NULL);
  while (!confined) {
    sched_yield();
  }
}

/* ---------------------------------------------------------------- blocked system calls */

static int pipe_ends[2], sockets[2], listener, event, timer, watch, semaphores, messages, epoll;
static sigset_t user_signal;
static unsigned futex_word;

static void open_all(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  struct timeval hour = {3600, 0};
  if (pipe(pipe_ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets)) {
    perror("servant.c");
    _exit(98);
  }
  setsockopt(sockets[1], SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
  listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *)&address, sizeof address);
  listen(listener, 1);
  event = eventfd(0, 0);
  timer = timerfd_create(CLOCK_MONOTONIC, 0);
  watch = inotify_init();
  semaphores = semget(IPC_PRIVATE, 1, 0600);
  messages = msgget(IPC_PRIVATE, 0600);
  epoll = epoll_create1(0);
  sigemptyset(&user_signal);
  sigaddset(&user_signal, SIGUSR2);
}

static long call_read(void) { char c; return read(pipe_ends[0], &c, 1); }
static long call_recv(void) { char c; return recv(sockets[0], &c, 1, 0); }
static long call_recv_timeout(void) { char c; return recv(sockets[1], &c, 1, 0); }
static long call_accept(void) { return accept(listener, NULL, NULL); }
static long call_eventfd(void) { long n; return read(event, &n, sizeof n); }
static long call_timerfd(void) { long n; return read(timer, &n, sizeof n); }
static long call_inotify(void) { char b[500]; return read(watch, b, sizeof b); }
static long call_poll(void) {
  struct pollfd fd = {pipe_ends[0], POLLIN, 0};
  return poll(&fd, 1, 3600000);
}
static long call_ppoll(void) {
  struct pollfd fd = {pipe_ends[0], POLLIN, 0};
  struct timespec hour = {3600, 0};
  return ppoll(&fd, 1, &hour, NULL);
}
static long call_select(void) {
  fd_set set;
  struct timeval hour = {3600, 0};
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  return select(pipe_ends[0] + 1, &set, NULL, NULL, &hour);
}
static long call_pselect(void) {
  fd_set set;
  struct timespec hour = {3600, 0};
  FD_ZERO(&set);
  FD_SET(pipe_ends[0], &set);
  return pselect(pipe_ends[0] + 1, &set, NULL, NULL, &hour, NULL);
}
static long call_epoll_wait(void) {
  struct epoll_event e;
  return epoll_wait(epoll, &e, 1, 3600000);
}
static long call_epoll_pwait(void) {
  struct epoll_event e;
  return epoll_pwait(epoll, &e, 1, 3600000, &user_signal);
}
static long call_nanosleep(void) {
  struct timespec hour = {3600, 0};
  return nanosleep(&hour, NULL);
}
static long call_clock_nanosleep(void) {
  struct timespec hour = {3600, 0};
  return -(errno = clock_nanosleep(CLOCK_MONOTONIC, 0, &hour, NULL));
}
static long call_semop(void) {
  struct sembuf take = {0, -1, 0};
  return semop(semaphores, &take, 1);
}
static long call_semtimedop(void) {
  struct sembuf take = {0, -1, 0};
  struct timespec hour = {3600, 0};
  return semtimedop(semaphores, &take, 1, &hour);
}
static long call_msgrcv(void) {
  struct { long type; char text[10]; } message;
  return msgrcv(messages, &message, sizeof message.text, 0, 0);
}
static long call_futex(void) {
  return syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, NULL, NULL, 0);
}
static long call_futex_timeout(void) {
  struct timespec hour = {3600, 0};
  return syscall(SYS_futex, &futex_word, FUTEX_WAIT, 0, &hour, NULL, 0);
}
static long call_sigtimedwait(void) {
  struct timespec hour = {3600, 0};
  return sigtimedwait(&user_signal, NULL, &hour);
}
static long call_sigwaitinfo(void) { return sigwaitinfo(&user_signal, NULL); }
static long call_pause(void) { return pause(); }
static long call_sigsuspend(void) { sigset_t all; sigfillset(&all); return sigsuspend(&all); }

static const struct { const char *name; long (*call)(void); } CALLS[] = {
  {"read", call_read}, {"recv", call_recv}, {"recv with SO_RCVTIMEO", call_recv_timeout},
  {"accept", call_accept}, {"eventfd", call_eventfd}, {"timerfd", call_timerfd},
  {"inotify", call_inotify}, {"poll", call_poll}, {"ppoll", call_ppoll}, {"select", call_select},
  {"pselect", call_pselect}, {"epoll_wait", call_epoll_wait}, {"epoll_pwait", call_epoll_pwait},
  {"nanosleep", call_nanosleep}, {"clock_nanosleep", call_clock_nanosleep}, {"semop", call_semop},
  {"semtimedop", call_semtimedop}, {"msgrcv", call_msgrcv}, {"futex", call_futex},
  {"futex with a timeout", call_futex_timeout}, {"sigtimedwait", call_sigtimedwait},
  {"sigwaitinfo", call_sigwaitinfo}, {"pause", call_pause}, {"sigsuspend", call_sigsuspend},
};
enum { COUNT = sizeof CALLS / sizeof *CALLS };

static volatile int returned[COUNT], numbers[COUNT];
static volatile pid_t tids[COUNT];
static char text[4000];

/* None of these calls has a reason to end. */
static void *waiter(void *argument) {
  long i = (long)argument;
  tids[i] = syscall(SYS_gettid);
  for (;;) {
    long result = CALLS[i].call();
    numbers[i] = result < 0 ? errno : 0;
    returned[i]++;
    if (result < 0 && errno == EIDRM) {
      return NULL;
    }
  }
}

/* These two would outlive the process. */
__attribute__((destructor)) static void remove_all(void) {
  if (tids[0]) {
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, NULL);
  }
}

static int is_asleep(pid_t tid) {
  char path[60], stat[300], *state;
  FILE *file;
  size_t length;
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  file = fopen(path, "r");
  length = fread(stat, 1, sizeof stat - 1, file);
  fclose(file);
  stat[length] = 0;
  state = strrchr(stat, ')');
  return state != NULL && state[2] == 'S';
}

const char *block(void) {
  sigset_t all;
  pthread_t thread;
  text[0] = 0;
  open_all();
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (long i = 0; i < COUNT; i++) {
    pthread_create(&thread, NULL, waiter, (void *)i);
    strcat(strcat(text, i ? ", " : ""), CALLS[i].name);
  }
  pthread_sigmask(SIG_UNBLOCK, &all, NULL);
  for (int i = 0; i < COUNT; i++) {
    while (tids[i] == 0 || !is_asleep(tids[i])) {
      sched_yield();
    }
  }
  return text;
}

const char *blocked(void) {
  text[0] = 0;
  for (int i = 0; i < COUNT; i++) {
    if (returned[i]) {
      sprintf(text + strlen(text), "%s returned %d times, errno %d; ", CALLS[i].name, returned[i],
              numbers[i]);
    }
  }
  return text[0] ? text : "nothing returned";
}
