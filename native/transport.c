/*
 * What CFFI cannot express: TLS I/O on a file descriptor that never blocks while it holds the
 * connection, so that one thread can read while another writes.
 *
 * OpenSSL's SSL object must not be used by two threads at once. Here every SSL_* call on it is
 * made under the connection's lock, on a BIO that never blocks (MSG_DONTWAIT, whatever the mode of
 * the socket); waiting happens in poll(), with the lock released.
 */
#include "connection.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>

#define NTLS_MAJOR_OFFSET 1 /* content type, version (2 bytes), length (2 bytes) */
#define NANOSECONDS 1000000000LL
/* A writer that waits for its turn looks up this often, to let Python see its signals. */
#define TURN_SLICE_NS (NANOSECONDS / 5)
/*
 * poll() is ended by a signal that comes while it waits, not by one that came before. So a call
 * that has computed for longer than this lets Python look first; and a large write, which may
 * never wait, does so now and then.
 */
#define UNHEARD_NS (NANOSECONDS / 10000)
/*
 * One that comes between those two, in the last moment before poll(), cannot be seen by either; so
 * no wait is longer than this without a look.
 */
#define SLICE_MS 200
#define WRITE_SLICE_NS (NANOSECONDS / 100)
/* A connection without a socket has so much carried away before it writes on. */
#define OUTPUT_SLICE 32768

/* ---- waiting ---- */

static int64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NANOSECONDS + t.tv_nsec;
}

typedef struct {
    int64_t timeout_ns; /* as the caller gave it */
    int64_t deadline;   /* on the monotonic clock, where timeout_ns > 0 */
    int64_t heard;      /* when a signal would last have been noticed */
} patience;

static patience start_waiting(int64_t timeout_ns)
{
    int64_t now = now_ns();
    patience p = { timeout_ns, 0, now };

    if (timeout_ns > INT64_MAX - now)
        p.timeout_ns = -1; /* so far away that it overflows: for ever */
    else if (timeout_ns > 0)
        p.deadline = now + timeout_ns;
    return p;
}

/* How long from now in milliseconds, as poll() takes it; 0 when the time is over. */
static int milliseconds_left(const patience *p)
{
    int64_t left;

    if (p->timeout_ns < 0)
        return -1;
    left = p->deadline - now_ns();
    if (left <= 0)
        return 0;
    left = (left + 999999) / 1000000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* Called with the lock held once, and released while it waits. 0: look again. */
static int64_t wait_for(tspy_conn *conn, int64_t want, patience *p)
{
    struct pollfd pfd;
    int n, ms;

    if (conn->fd < 0 || p->timeout_ns == 0)
        return want;
    if (now_ns() - p->heard > UNHEARD_NS)
        return TSPY_E_INTERRUPTED;
    pfd.fd = conn->fd;
    pfd.events = want == TSPY_E_WANT_READ ? POLLIN : POLLOUT;
    pfd.revents = 0;
    ms = milliseconds_left(p);
    if (ms < 0 || ms > SLICE_MS)
        ms = SLICE_MS;
    if (ms == 0)
        n = 0;
    else {
        tspy_give(conn);
        n = poll(&pfd, 1, ms);
        if (n < 0 && errno != EINTR) {
            int error = errno;

            tspy_take(conn);
            errno = error;
            return TSPY_E_SYSCALL;
        }
        tspy_take(conn);
        p->heard = now_ns();
    }
    if (n < 0 || (n == 0 && milliseconds_left(p) != 0))
        return TSPY_E_INTERRUPTED;
    if (n == 0)
        return want == TSPY_E_WANT_READ ? TSPY_E_TIMEOUT_READ : TSPY_E_TIMEOUT_WRITE;
    return 0;
}

/*
 * Waits until no other thread is writing. 0: it is our turn, for the write that counts in `done`.
 * A signal's handler that writes while its own thread's write is half done would mix the two.
 */
static int64_t wait_for_turn(tspy_conn *conn, const size_t *done, const patience *p)
{
    struct timespec until;
    int64_t ns;

    if (!conn->writing)
        return 0;
    if (pthread_equal(conn->writer, pthread_self()))
        return done != NULL && conn->done == done ? 0 : TSPY_E_REENTRANT;
    if (p->timeout_ns == 0)
        return TSPY_E_WANT_WRITE;
    if (milliseconds_left(p) == 0)
        return TSPY_E_TIMEOUT_WRITE;
    ns = TURN_SLICE_NS;
    if (p->timeout_ns > 0 && p->deadline - now_ns() < ns)
        ns = p->deadline - now_ns();
    clock_gettime(CLOCK_REALTIME, &until); /* the clock of a condition variable on every system */
    ns += until.tv_nsec;
    until.tv_sec += ns / NANOSECONDS;
    until.tv_nsec = ns % NANOSECONDS;
    pthread_cond_timedwait(&conn->turn, &conn->lock, &until);
    return conn->writing ? TSPY_E_INTERRUPTED : 0;
}

/* ---- calls ---- */

static void forget_errors(tspy_conn *conn)
{
    if (ERR_peek_error() != 0) /* clearing takes longer than looking */
        ERR_clear_error();
    conn->io_errno = 0;
}

/* Says what a call that returned `ret` <= 0 came to, and leaves errno set where that is SYSCALL. */
static int64_t outcome(tspy_conn *conn, int ret)
{
    unsigned long first = ERR_peek_error();
    int error = SSL_get_error(conn->ssl, ret);

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        conn->memory.record = 0; /* what a read comes to now, it must be asked */
    /*
     * A system error is the reason only where TLS has no better one: a handshake that fails for a
     * certificate may fail to send its alert as well. 8.5 puts an entry of the library SYS first.
     */
    if (conn->io_errno != 0 && (first == 0 || ERR_GET_LIB(first) == ERR_LIB_SYS)) {
        ERR_clear_error();
        errno = conn->io_errno;
        return TSPY_E_SYSCALL;
    }
    switch (error) {
    case SSL_ERROR_SSL:
        return TSPY_E_SSL;
    case SSL_ERROR_WANT_READ:
        return TSPY_E_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TSPY_E_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TSPY_E_ZERO_RETURN;
    case SSL_ERROR_SYSCALL:
        if (first != 0)
            return TSPY_E_SSL;
        errno = 0;
        return TSPY_E_SYSCALL;
    default:
        return TSPY_E_OTHER;
    }
}

/*
 * A server for both protocols chooses by the first record's version. Tongsuo's own look-ahead puts
 * a buffering BIO in between, which reads more than it must, and on some versions it does not take
 * fewer than five bytes at a time; so we look ourselves and tell it.
 */
static int64_t detect_protocol(tspy_conn *conn)
{
    while (conn->prefix_len < TSPY_HEADER_PREFIX) {
        int n = tspy_raw_read(conn, (char *)conn->prefix + conn->prefix_len,
                         TSPY_HEADER_PREFIX - conn->prefix_len);

        if (n == -1)
            return TSPY_E_WANT_READ;
        if (n <= 0)
            break; /* the state machine meets it again and says so */
        conn->prefix_len += n;
    }
    if (conn->io_errno != 0) {
        errno = conn->io_errno;
        return TSPY_E_SYSCALL;
    }
    conn->detect_ntls = 0;
    if (conn->prefix_len == TSPY_HEADER_PREFIX
        && conn->prefix[NTLS_MAJOR_OFFSET] == NTLS1_1_VERSION_MAJOR
        && conn->prefix[NTLS_MAJOR_OFFSET + 1] == NTLS1_1_VERSION_MINOR) {
        tspy_force_ntls(conn->ssl);
        tspy_no_empty_records(conn->ssl);
    } else
        SSL_disable_ntls(conn->ssl);
    return 0;
}

/* Before every call. 0: go on. */
static int64_t begin(tspy_conn *conn)
{
    forget_errors(conn);
    if (!conn->closed)
        return 0;
    errno = EBADF; /* also in a child process, whose ssl may be half way through something */
    return TSPY_E_SYSCALL;
}

/* Before every call that may be the connection's first. 0: go on. */
static int64_t begin_early(tspy_conn *conn)
{
    int64_t code = begin(conn);

    return code == 0 && conn->detect_ntls ? detect_protocol(conn) : code;
}

int64_t tspy_conn_handshake(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    tspy_take(conn);
    do {
        if ((code = begin_early(conn)) == 0) {
            int ret = SSL_do_handshake(conn->ssl);

            if (ret == 1)
                break;
            code = outcome(conn, ret);
        }
        if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
            code = wait_for(conn, code, &p);
    } while (code == 0);
    tspy_give(conn);
    return code;
}

int64_t tspy_conn_read(tspy_conn *conn, void *buf, size_t len, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    tspy_take(conn);
    do {
        if ((code = begin_early(conn)) == 0) {
            size_t n = 0;
            int ret = SSL_read_ex(conn->ssl, buf, len, &n);

            if (ret == 1) {
                tspy_expect_record(conn);
                code = (int64_t)n;
                break;
            }
            code = outcome(conn, ret);
        }
        if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
            code = wait_for(conn, code, &p);
    } while (code == 0);
    tspy_give(conn);
    return code;
}

int64_t tspy_conn_read_given(tspy_conn *conn, void *buf, size_t len, const char *data,
                             size_t given)
{
    int64_t code;

    if (given > 0)
        tspy_conn_give(conn, data, given);
    code = tspy_conn_read(conn, buf, len, 0);
    if (code <= 0 || conn->memory.written == 0)
        return code;
    conn->memory.moved = (size_t)code;
    return 0;
}

static void end_turn(tspy_conn *conn)
{
    conn->writing = 0;
    pthread_cond_signal(&conn->turn);
}

int64_t tspy_conn_write(tspy_conn *conn, const void *buf, size_t len, size_t *done,
                        int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    tspy_take(conn);
    code = wait_for_turn(conn, done, &p);
    if (code == 0) {
        conn->writing = 1;
        conn->writer = pthread_self();
        conn->done = done;
        do {
            if ((code = begin_early(conn)) == 0) {
                size_t n = 0;
                int ret = SSL_write_ex(conn->ssl, (const char *)buf + *done, len - *done, &n);

                if (ret == 1) {
                    *done += n;
                    if (*done == len)
                        break;
                    if (now_ns() - p.heard > WRITE_SLICE_NS || conn->memory.written > OUTPUT_SLICE)
                        code = TSPY_E_INTERRUPTED;
                    else
                        tspy_let_others_in(conn);
                    continue;
                }
                code = outcome(conn, ret);
            }
            if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
                code = wait_for(conn, code, &p);
        } while (code == 0);
        /* Between a signal and the next call nobody else may write: a record may be half out. */
        if (code != TSPY_E_INTERRUPTED)
            end_turn(conn);
    }
    tspy_give(conn);
    return code;
}

int64_t tspy_conn_write_record(tspy_conn *conn, const void *buf, size_t len)
{
    tspy_memory *m = &conn->memory;
    patience p = start_waiting(0);
    int64_t code;

    m->moved = 0;
    tspy_take(conn);
    if ((code = wait_for_turn(conn, NULL, &p)) == 0) {
        conn->writing = 1;
        conn->writer = pthread_self();
        conn->done = NULL;
        if ((code = begin_early(conn)) == 0) {
            int ret = SSL_write_ex(conn->ssl, buf, len, &m->moved);

            if (ret != 1)
                code = outcome(conn, ret);
            else if (m->moved == len && m->output == m->kept) {
                code = (int64_t)m->written;
                m->written = 0;
            }
        }
        end_turn(conn);
    }
    tspy_give(conn);
    return code;
}

void tspy_conn_give_up_write(tspy_conn *conn, const size_t *done)
{
    tspy_take(conn);
    if (conn->writing && pthread_equal(conn->writer, pthread_self()) && conn->done == done)
        end_turn(conn);
    tspy_give(conn);
}

int tspy_conn_pending(tspy_conn *conn)
{
    int pending;

    tspy_take(conn);
    pending = SSL_pending(conn->ssl);
    tspy_give(conn);
    return pending;
}

int64_t tspy_conn_close_notify(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    tspy_take(conn);
    if ((code = wait_for_turn(conn, NULL, &p)) == 0)
        do {
            int ret;

            if (conn->notified)
                break; /* SSL_shutdown would read now, and refuse data that it finds */
            if ((code = begin(conn)) != 0)
                break;
            ret = SSL_shutdown(conn->ssl);
            if (ret >= 0) {
                conn->notified = 1;
                break;
            }
            code = outcome(conn, ret);
            if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
                code = wait_for(conn, code, &p);
        } while (code == 0);
    tspy_give(conn);
    return code;
}

int64_t tspy_conn_shutdown(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int sent = 0;
    int64_t code;

    tspy_take(conn);
    /* In the middle of another thread's record there is no place for a close_notify. */
    if (!conn->notified && (code = wait_for_turn(conn, NULL, &p)) != 0) {
        tspy_give(conn);
        return code;
    }
    do {
        int ret;

        if ((code = begin(conn)) != 0)
            break;
        ret = SSL_shutdown(conn->ssl);
        code = ret < 0 ? outcome(conn, ret) : 0;
        if (ret >= 0)
            conn->notified = 1;
        /* 0: our close_notify is out; the second call waits for the peer's. */
        if (ret == 1 || (ret == 0 && sent++ > 0))
            break;
        if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
            code = wait_for(conn, code, &p);
    } while (code == 0);
    tspy_give(conn);
    return code;
}
