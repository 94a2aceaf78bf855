// A line echo on one thread, with nothing but epoll: what async-echo is measured beside. A line is answered with
// "ECHO: " before it. It has no deadlines, no metrics, no orderly end, and gives a client up that takes no replies.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 4096, EVENTS = 256 };

struct client {
    int fd;
    size_t held;          // bytes of a line whose newline hasn't come yet
    char line[LONGEST];
};

static void answer(struct client *c) {
    ssize_t n = read(c->fd, c->line + c->held, LONGEST - c->held);
    if (n <= 0) goto gone;
    c->held += (size_t)n;
    char *from = c->line, *end = c->line + c->held, *newline;
    while ((newline = memchr(from, '\n', (size_t)(end - from)))) {
        char reply[LONGEST + 6];
        size_t length = (size_t)(newline + 1 - from);
        memcpy(reply, "ECHO: ", 6);
        memcpy(reply + 6, from, length);
        if (write(c->fd, reply, length + 6) != (ssize_t)(length + 6)) goto gone;
        from = newline + 1;
    }
    c->held = (size_t)(end - from);
    memmove(c->line, from, c->held);
    if (c->held < LONGEST) return;
gone:
    close(c->fd);
    free(c);
}

int main(void) {
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), queue = epoll_create1(0);
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) return perror("listen"), 1;
    getsockname(listener, (void *)&address, &size);
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);

    struct epoll_event event = { .events = EPOLLIN }, events[EVENTS];
    epoll_ctl(queue, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int n = epoll_wait(queue, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (c) {
                answer(c);
                continue;
            }
            c = malloc(sizeof *c);
            c->held = 0;
            c->fd = accept4(listener, 0, 0, SOCK_NONBLOCK);
            if (c->fd < 0) return perror("accept"), 1;
            setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            event = (struct epoll_event){ .events = EPOLLIN, .data.ptr = c };
            epoll_ctl(queue, EPOLL_CTL_ADD, c->fd, &event);
        }
    }
}
