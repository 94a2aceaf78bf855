// load PORT CONNECTIONS SECONDS REQUEST REPLY: a loader that costs as little as can be, so that the server is what is
// measured. Each connection sends REQUEST, waits until all of REPLY is there, and sends the next one; \r and \n are written
// so. Prints requests, seconds, and percentiles of the time to a whole reply in microseconds.
// With 0 SECONDS each connection asks once; then "idle" is printed, and all stay open until stdin ends.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, LONGEST = 256, MOST = 1 << 24 };
static const int64_t SECOND = 1000000000, WARM_UP = 200000000;

struct connection {
    int fd;
    size_t got;
    int64_t asked;
};

static char request[LONGEST], reply[LONGEST];
static size_t request_length, reply_length;

static int64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static size_t unescape(char *to, const char *from) {
    size_t n = 0;
    for (; *from && n < LONGEST; from++) {
        if (*from == '\\' && from[1]) to[n++] = *++from == 'n' ? '\n' : '\r';
        else to[n++] = *from;
    }
    return n;
}

static void ask(struct connection *c, int64_t at) {
    c->got = 0;
    c->asked = at;
    if (write(c->fd, request, request_length) != (ssize_t)request_length) die("write");
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc != 6) return fprintf(stderr, "load PORT CONNECTIONS SECONDS REQUEST REPLY\n"), 2;
    int connections = atoi(argv[2]), one = 1, queue = epoll_create1(0);
    int64_t length = (int64_t)(atof(argv[3]) * SECOND);
    request_length = unescape(request, argv[4]);
    reply_length = unescape(reply, argv[5]);
    struct sockaddr_in server = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    struct connection *all = calloc((size_t)connections, sizeof *all);
    for (int i = 0; i < connections; i++) {
        all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(all[i].fd, (void *)&server, sizeof server)) die("connect");
        setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &all[i] };
        epoll_ctl(queue, EPOLL_CTL_ADD, all[i].fd, &event);
    }

    int64_t start = now() + (length ? WARM_UP : 0), end = start + length, at = now();
    for (int i = 0; i < connections; i++) ask(&all[i], at);
    uint32_t *times = malloc(MOST * sizeof *times);
    size_t done = 0, answered = 0;
    while (length ? at < end : answered < (size_t)connections) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(queue, events, EVENTS, 1000);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            char bytes[LONGEST];
            ssize_t got = read(c->fd, bytes, reply_length - c->got);
            if (got <= 0) die("the server has closed: read");
            if (memcmp(bytes, reply + c->got, (size_t)got)) return fprintf(stderr, "a wrong reply\n"), 1;
            c->got += (size_t)got;
            if (c->got < reply_length) continue;
            answered++;
            at = now();
            if (at >= start && done < MOST) times[done++] = (uint32_t)(at - c->asked);
            if (length) ask(c, at);
        }
        if (!n) at = now();
    }
    if (!length) {
        printf("idle\n");
        fflush(stdout);
        char c;
        while (read(0, &c, 1) > 0) {}
        return 0;
    }
    if (!done) return fprintf(stderr, "no reply at all\n"), 1;
    qsort(times, done, sizeof *times, compare);
    printf("%zu %.6f %.1f %.1f\n", done, (double)(at - start) / SECOND, times[(done - 1) / 2] / 1e3,
           times[(size_t)((double)(done - 1) * 0.99)] / 1e3);
    return 0;
}
