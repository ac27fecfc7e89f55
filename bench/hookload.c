/* Webhooks at a steady hand: sends signed bodies to one HTTP server over keep-alive connections and tells how long answers took.
 *
 * Closed loop (no --rate): every connection sends its next request as soon as it has its answer.
 * Open loop (--rate R): request i is due at start + i / R whether or not the server keeps up, and its latency counts from then,
 * so that a server which stalls is charged for everybody who had to wait.
 *
 * The bodies come ready-made from a file (see bodies.py): per record a 4-byte length, 44 bytes of base64 signature, the body.
 * One thread, epoll, Linux. Prints one line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { SIGNATURE = 44, HEAD = 1024, ANSWER = 4096, RETRIES = 3 };

struct record { const char *signature, *body; uint32_t length; };

struct connection {
    int socket, is_busy, head_length, tries;
    size_t sent, total, answered;
    const struct record *record;
    uint64_t due;
    char head[HEAD], answer[ANSWER];
};

static struct record *records;
static size_t record_count;
static struct sockaddr_in address;
static struct connection *connections;
static const char *shop = "bench.myshopify.com", *topic = "orders/create", *salt = "0";
static int port, connection_count = 32, epoll, timer;
static double seconds = 5, rate;
static uint64_t request_max = UINT64_MAX, first_record;

static uint64_t started, sent_count, done_count, ok_count, refused_count, failed_count, latency_room;
static uint32_t *latencies; /* microseconds */

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void load_bodies(const char *path) {
    int file = open(path, O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about) < 0) die(path);
    const char *at = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (at == MAP_FAILED) die("mmap");
    const char *end = at + about.st_size;
    size_t room = 0;
    while (at < end) {
        if (record_count == room) records = realloc(records, (room = room ? room * 2 : 1024) * sizeof *records);
        struct record *r = &records[record_count++];
        memcpy(&r->length, at, 4);
        r->signature = at + 4;
        r->body = at + 4 + SIGNATURE;
        at = r->body + r->length;
    }
    close(file);
}

static void open_socket(struct connection *c) {
    int one = 1;
    c->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (c->socket < 0 || connect(c->socket, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    setsockopt(c->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(c->socket, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_ADD, c->socket, &event);
}

static void watch(struct connection *c, uint32_t events) {
    struct epoll_event event = {.events = events, .data.ptr = c};
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->socket, &event);
}

static void reopen(struct connection *c) {
    close(c->socket);
    open_socket(c);
}

static void send_more(struct connection *c);

static void start_request(struct connection *c, uint64_t due) {
    uint64_t number = sent_count++;
    c->record = &records[(first_record + number) % record_count];
    c->due = due;
    c->is_busy = 1;
    c->tries = 0;
    c->head_length = snprintf(c->head, HEAD,
        "POST /webhooks HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: Shopify-Captain-Hook\r\nContent-Type: application/json\r\n"
        "Content-Length: %u\r\nX-Shopify-Topic: %s\r\nX-Shopify-Shop-Domain: %s\r\nX-Shopify-API-Version: 2026-10\r\n"
        "X-Shopify-Hmac-Sha256: %.44s\r\nX-Shopify-Webhook-Id: %s-%012llx\r\nX-Shopify-Event-Id: e-%s-%012llx\r\n"
        "X-Shopify-Triggered-At: 2026-03-02T12:00:00.000000000Z\r\n\r\n",
        port, c->record->length, topic, shop, c->record->signature, salt, (unsigned long long)number, salt, (unsigned long long)number);
    c->total = (size_t)c->head_length + c->record->length;
    c->sent = c->answered = 0;
    send_more(c);
}

static void fail(struct connection *c) {
    reopen(c);
    if (c->tries++ < RETRIES) { /* the server closed an idle connection just as we wrote: the same request again */
        c->sent = c->answered = 0;
        send_more(c);
        return;
    }
    failed_count++;
    done_count++;
    c->is_busy = 0;
}

static void send_more(struct connection *c) {
    while (c->sent < c->total) {
        struct iovec parts[2];
        int count = 0;
        size_t head = (size_t)c->head_length;
        if (c->sent < head) {
            parts[count++] = (struct iovec){c->head + c->sent, head - c->sent};
            parts[count++] = (struct iovec){(void *)c->record->body, c->record->length};
        } else {
            parts[count++] = (struct iovec){(void *)(c->record->body + (c->sent - head)), c->total - c->sent};
        }
        ssize_t n = writev(c->socket, parts, count);
        if (n < 0 && errno == EAGAIN) { watch(c, EPOLLIN | EPOLLOUT); return; }
        if (n < 0) { fail(c); return; }
        c->sent += (size_t)n;
    }
}

/* 1 when the answer is whole, 0 when more must come. */
static int is_whole(struct connection *c) {
    c->answer[c->answered] = 0;
    char *end = strstr(c->answer, "\r\n\r\n");
    if (!end) return 0;
    size_t head = (size_t)(end + 4 - c->answer), have = c->answered - head;
    char *length = strcasestr(c->answer, "\r\ncontent-length:");
    if (length && length < end) return have >= strtoul(length + 17, NULL, 10);
    char *chunked = strcasestr(c->answer, "\r\ntransfer-encoding: chunked");
    if (chunked && chunked < end) return strstr(end + 2, "\r\n0\r\n\r\n") != NULL || strncmp(end + 4, "0\r\n\r\n", 5) == 0;
    return 1;
}

static void finish(struct connection *c) {
    uint64_t took = (now_ns() - c->due) / 1000;
    int status = atoi(c->answer + 9);
    if (status >= 200 && status < 300) ok_count++; else refused_count++;
    if (done_count < latency_room) latencies[done_count] = took > UINT32_MAX ? UINT32_MAX : (uint32_t)took;
    done_count++;
    c->is_busy = 0;
    char *end = strstr(c->answer, "\r\n\r\n"), *closes = strcasestr(c->answer, "\r\nconnection: close");
    if (closes && closes < end) reopen(c);
}

static void receive(struct connection *c) {
    ssize_t n = read(c->socket, c->answer + c->answered, ANSWER - 1 - c->answered);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
        if (c->is_busy) fail(c); else reopen(c);
        return;
    }
    if (!c->is_busy) return;
    c->answered += (size_t)n;
    if (is_whole(c) || c->answered == ANSWER - 1) finish(c);
}

static int is_over(uint64_t now) { return sent_count >= request_max || (double)(now - started) / 1e9 >= seconds; }

static uint64_t due_of(uint64_t number) { return started + (uint64_t)((double)number * 1e9 / rate); }

/* Give idle connections what is due; say when the next one is due. */
static void hand_out(void) {
    uint64_t now = now_ns();
    static int turn;
    for (int tried = 0; tried < connection_count && !is_over(now); tried++) {
        struct connection *c = &connections[(turn + tried) % connection_count];
        if (c->is_busy) continue;
        if (rate > 0 && due_of(sent_count) > now) break;
        start_request(c, rate > 0 ? due_of(sent_count) : now);
        now = now_ns();
    }
    turn++;
    if (rate > 0 && !is_over(now)) {
        uint64_t due = due_of(sent_count);
        struct itimerspec at = {.it_value = {(time_t)(due / 1000000000u), (long)(due % 1000000000u)}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
    }
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile(double share) {
    uint64_t n = done_count < latency_room ? done_count : latency_room;
    return n ? latencies[(uint64_t)((double)(n - 1) * share)] / 1000.0 : 0;
}

int main(int argc, char **argv) {
    const char *bodies = NULL;
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        if (!strcmp(name, "--bodies")) bodies = value;
        else if (!strcmp(name, "--port")) port = atoi(value);
        else if (!strcmp(name, "--connections")) connection_count = atoi(value);
        else if (!strcmp(name, "--seconds")) seconds = atof(value);
        else if (!strcmp(name, "--requests")) request_max = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--first")) first_record = strtoull(value, NULL, 10);
        else if (!strcmp(name, "--rate")) rate = atof(value);
        else if (!strcmp(name, "--shop")) shop = value;
        else if (!strcmp(name, "--topic")) topic = value;
        else if (!strcmp(name, "--salt")) salt = value;
        else { fprintf(stderr, "hookload: unknown option %s\n", name); return 2; }
    }
    if (!bodies || !port || connection_count < 1) { fprintf(stderr, "hookload: --bodies FILE --port N are needed\n"); return 2; }
    load_bodies(bodies);
    latency_room = 4000000;
    latencies = malloc(latency_room * sizeof *latencies);
    connections = calloc((size_t)connection_count, sizeof *connections);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    epoll = epoll_create1(0);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event tick = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &tick);
    for (int i = 0; i < connection_count; i++) open_socket(&connections[i]);

    started = now_ns();
    hand_out();
    uint64_t patience = (uint64_t)((seconds < 1e6 ? seconds : 1e6) * 1e9) + 30000000000u; /* answers that never come end the run */
    while (!is_over(now_ns()) || done_count < sent_count) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, 1000);
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                uint64_t ticks;
                if (read(timer, &ticks, sizeof ticks) < 0 && errno != EAGAIN) die("timer");
                continue;
            }
            if (events[i].events & EPOLLOUT) { watch(c, EPOLLIN); send_more(c); }
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
        }
        hand_out();
        if (now_ns() - started > patience) break;
    }
    double took = (double)(now_ns() - started) / 1e9;
    qsort(latencies, done_count < latency_room ? done_count : latency_room, sizeof *latencies, by_size);
    printf("{\"sent\": %llu, \"ok\": %llu, \"refused\": %llu, \"failed\": %llu, \"seconds\": %.4f, \"per_second\": %.1f, "
           "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
           (unsigned long long)sent_count, (unsigned long long)ok_count, (unsigned long long)refused_count, (unsigned long long)failed_count,
           took, (double)ok_count / took, percentile(0.5), percentile(0.99), percentile(1));
    return 0;
}
