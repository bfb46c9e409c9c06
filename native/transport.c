/*
 * What CFFI cannot express: TLS I/O on a file descriptor that never blocks while it holds the
 * connection, so that one thread can read while another writes.
 *
 * OpenSSL's SSL object must not be used by two threads at once. Here every SSL_* call on it is
 * made under the connection's lock, on a BIO that never blocks (MSG_DONTWAIT, whatever the mode of
 * the socket); waiting happens in poll(), with the lock released.
 */
#include "compat.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "transport.h"

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

#define NTLS_MAJOR_OFFSET 1 /* content type, version (2 bytes), length (2 bytes) */
#define HEADER_PREFIX 3
#define NANOSECONDS 1000000000LL
/* A writer that waits for its turn looks up this often, to let Python see its signals. */
#define TURN_SLICE_NS (NANOSECONDS / 5)

/* Defined by CFFI; they take the GIL. Return the count, 0 at the end, -1 to retry, -2 raised. */
int tspy_bio_read(void *handle, char *buf, int len);
int tspy_bio_write(void *handle, const char *buf, int len);

struct tspy_conn {
    SSL *ssl;
    int fd;
    int closed; /* fd is ours no more, and may be another socket's by now */
    void *handle;

    pthread_mutex_t lock;
    pthread_cond_t turn; /* signalled when writing becomes 0 */
    int writing;         /* a thread's write has begun and is not over, perhaps in poll() */
    pthread_t writer;    /* which one */
    int notified;        /* our close_notify is out */

    int io_errno;        /* of the last call on fd that failed for good */
    int eof;
    int raised;

    /* The first bytes of a connection that may turn out to be TLCP or TLS. */
    int detect_ntls;
    unsigned char prefix[HEADER_PREFIX];
    int prefix_len, prefix_used;
};

/* ---- the BIO ---- */

static BIO_METHOD *conn_bio_method;
static pthread_once_t conn_bio_once = PTHREAD_ONCE_INIT;

static int retryable(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

/* The count; 0 at the end of the stream; -1 to try later; -2 for a failure noted in conn. */
static int raw_read(tspy_conn *conn, char *buf, int len)
{
    ssize_t n;

    if (conn->fd < 0) {
        n = tspy_bio_read(conn->handle, buf, len);
        if (n == -2)
            conn->raised = 1;
    } else if (conn->closed) {
        conn->io_errno = EBADF;
        return -2;
    } else {
        n = recv(conn->fd, buf, (size_t)len, MSG_DONTWAIT);
        if (n < 0 && !retryable(errno)) {
            conn->io_errno = errno;
            return -2;
        }
    }
    if (n == 0)
        conn->eof = 1;
    return (int)n;
}

static int conn_bio_read(BIO *bio, char *buf, int len)
{
    tspy_conn *conn = BIO_get_data(bio);
    int n;

    BIO_clear_retry_flags(bio);
    if (len <= 0)
        return 0;
    if (conn->prefix_used < conn->prefix_len) {
        n = conn->prefix_len - conn->prefix_used;
        if (n > len)
            n = len;
        memcpy(buf, conn->prefix + conn->prefix_used, (size_t)n);
        conn->prefix_used += n;
        return n;
    }
    n = raw_read(conn, buf, len);
    if (n == -1 || conn->raised) /* what was raised is not the connection's end */
        BIO_set_retry_read(bio);
    return n < 0 ? -1 : n;
}

static int conn_bio_write(BIO *bio, const char *buf, int len)
{
    tspy_conn *conn = BIO_get_data(bio);
    ssize_t n;

    BIO_clear_retry_flags(bio);
    if (conn->fd < 0) {
        n = tspy_bio_write(conn->handle, buf, len);
        if (n == -2) {
            conn->raised = 1;
            BIO_set_retry_write(bio);
        }
        return n < 0 ? -1 : (int)n;
    }
    if (conn->closed) {
        conn->io_errno = EBADF;
        return -1;
    }
    n = send(conn->fd, buf, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
        if (retryable(errno))
            BIO_set_retry_write(bio);
        else
            conn->io_errno = errno;
        return -1;
    }
    return (int)n;
}

static long conn_bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
    tspy_conn *conn = BIO_get_data(bio);

    (void)num;
    (void)ptr;
    switch (cmd) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP:
        return 1;
    case BIO_CTRL_EOF:
        return conn->eof;
    default:
        return 0;
    }
}

static void make_conn_bio_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tongsuo_py");

    if (m != NULL) {
        BIO_meth_set_read(m, conn_bio_read);
        BIO_meth_set_write(m, conn_bio_write);
        BIO_meth_set_ctrl(m, conn_bio_ctrl);
    }
    conn_bio_method = m;
}

/* ---- life ---- */

/*
 * TLCP's version number is below that of TLS 1.1, so Tongsuo would put an empty record before each
 * one, as TLS 1.0 needs for CBC; but TLCP's records have an IV of their own, or GCM.
 */
static void no_empty_records(SSL *ssl)
{
    SSL_set_options(ssl, SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
}

static int init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attr;
    int error;

    if ((error = pthread_mutexattr_init(&attr)) != 0)
        return error;
    pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
    error = pthread_mutex_init(lock, &attr);
    pthread_mutexattr_destroy(&attr);
    return error;
}

tspy_conn *tspy_conn_new(SSL_CTX *ctx, int server, int detect_ntls, int fd, void *handle)
{
    tspy_conn *conn;
    BIO *bio = NULL;

    ERR_clear_error();
    pthread_once(&conn_bio_once, make_conn_bio_method);
    if (conn_bio_method == NULL || (conn = OPENSSL_zalloc(sizeof(*conn))) == NULL)
        return NULL;
    conn->fd = fd;
    conn->handle = handle;
    conn->detect_ntls = detect_ntls;
    if (init_lock(&conn->lock) != 0) {
        OPENSSL_free(conn);
        return NULL;
    }
    pthread_cond_init(&conn->turn, NULL);
    if ((conn->ssl = SSL_new(ctx)) == NULL || (bio = BIO_new(conn_bio_method)) == NULL) {
        tspy_conn_free(conn);
        return NULL;
    }
    BIO_set_data(bio, conn);
    BIO_set_init(bio, 1);
    SSL_set_bio(conn->ssl, bio, bio);
    if (SSL_is_ntls(conn->ssl))
        no_empty_records(conn->ssl);
    if (server)
        SSL_set_accept_state(conn->ssl);
    else
        SSL_set_connect_state(conn->ssl);
    return conn;
}

void tspy_conn_free(tspy_conn *conn)
{
    if (conn == NULL)
        return;
    SSL_free(conn->ssl);
    pthread_cond_destroy(&conn->turn);
    pthread_mutex_destroy(&conn->lock);
    OPENSSL_free(conn);
}

void tspy_conn_let_go(tspy_conn *conn)
{
    pthread_mutex_lock(&conn->lock);
    conn->closed = 1;
    pthread_mutex_unlock(&conn->lock);
}

SSL *tspy_conn_ssl(tspy_conn *conn)
{
    return conn->ssl;
}

void tspy_conn_lock(tspy_conn *conn)
{
    pthread_mutex_lock(&conn->lock);
}

void tspy_conn_unlock(tspy_conn *conn)
{
    pthread_mutex_unlock(&conn->lock);
}

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
} patience;

static patience start_waiting(int64_t timeout_ns)
{
    patience p = { timeout_ns, 0 };
    int64_t now = now_ns();

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
static int64_t wait_for(tspy_conn *conn, int64_t want, const patience *p)
{
    struct pollfd pfd;
    int n, ms;

    if (conn->fd < 0 || p->timeout_ns == 0)
        return want;
    pfd.fd = conn->fd;
    pfd.events = want == TSPY_E_WANT_READ ? POLLIN : POLLOUT;
    pfd.revents = 0;
    ms = milliseconds_left(p);
    if (ms == 0)
        n = 0;
    else {
        pthread_mutex_unlock(&conn->lock);
        n = poll(&pfd, 1, ms);
        if (n < 0 && errno != EINTR) {
            int error = errno;

            pthread_mutex_lock(&conn->lock);
            errno = error;
            return TSPY_E_SYSCALL;
        }
        pthread_mutex_lock(&conn->lock);
    }
    if (n < 0)
        return TSPY_E_INTERRUPTED;
    if (n == 0 && milliseconds_left(p) == 0)
        return want == TSPY_E_WANT_READ ? TSPY_E_TIMEOUT_READ : TSPY_E_TIMEOUT_WRITE;
    return 0;
}

/* Waits until no other thread is writing. 0: it is our turn. */
static int64_t wait_for_turn(tspy_conn *conn, const patience *p)
{
    struct timespec until;
    int64_t ns;

    if (!conn->writing || pthread_equal(conn->writer, pthread_self()))
        return 0;
    if (p->timeout_ns == 0)
        return TSPY_E_WANT_WRITE;
    if (milliseconds_left(p) == 0)
        return TSPY_E_TIMEOUT_WRITE;
    clock_gettime(CLOCK_REALTIME, &until); /* the clock of a condition variable on every system */
    ns = until.tv_nsec + TURN_SLICE_NS;
    until.tv_sec += ns / NANOSECONDS;
    until.tv_nsec = ns % NANOSECONDS;
    pthread_cond_timedwait(&conn->turn, &conn->lock, &until);
    return conn->writing ? TSPY_E_INTERRUPTED : 0;
}

/* ---- calls ---- */

static void forget_errors(tspy_conn *conn)
{
    ERR_clear_error();
    conn->io_errno = 0;
    conn->raised = 0;
}

/* Says what a call that returned `ret` <= 0 came to, and leaves errno set where that is SYSCALL. */
static int64_t outcome(tspy_conn *conn, int ret)
{
    unsigned long first = ERR_peek_error();
    int error = SSL_get_error(conn->ssl, ret);

    if (conn->raised) {
        ERR_clear_error();
        return TSPY_E_CALLBACK;
    }
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
    while (conn->prefix_len < HEADER_PREFIX) {
        int n = raw_read(conn, (char *)conn->prefix + conn->prefix_len,
                         HEADER_PREFIX - conn->prefix_len);

        if (n == -1)
            return TSPY_E_WANT_READ;
        if (n <= 0)
            break; /* the state machine meets it again and says so */
        conn->prefix_len += n;
    }
    if (conn->raised)
        return TSPY_E_CALLBACK;
    if (conn->io_errno != 0) {
        errno = conn->io_errno;
        return TSPY_E_SYSCALL;
    }
    conn->detect_ntls = 0;
    if (conn->prefix_len == HEADER_PREFIX
        && conn->prefix[NTLS_MAJOR_OFFSET] == NTLS1_1_VERSION_MAJOR
        && conn->prefix[NTLS_MAJOR_OFFSET + 1] == NTLS1_1_VERSION_MINOR) {
        tspy_force_ntls(conn->ssl);
        no_empty_records(conn->ssl);
    } else
        SSL_disable_ntls(conn->ssl);
    return 0;
}

/* Before every call that may be the connection's first. 0: go on. */
static int64_t begin(tspy_conn *conn)
{
    forget_errors(conn);
    return conn->detect_ntls ? detect_protocol(conn) : 0;
}

int64_t tspy_conn_handshake(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    pthread_mutex_lock(&conn->lock);
    do {
        if ((code = begin(conn)) == 0) {
            int ret = SSL_do_handshake(conn->ssl);

            if (ret == 1)
                break;
            code = outcome(conn, ret);
        }
        if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
            code = wait_for(conn, code, &p);
    } while (code == 0);
    pthread_mutex_unlock(&conn->lock);
    return code;
}

int64_t tspy_conn_read(tspy_conn *conn, void *buf, size_t len, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    pthread_mutex_lock(&conn->lock);
    do {
        if ((code = begin(conn)) == 0) {
            size_t n = 0;
            int ret = SSL_read_ex(conn->ssl, buf, len, &n);

            if (ret == 1) {
                code = (int64_t)n;
                break;
            }
            code = outcome(conn, ret);
        }
        if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
            code = wait_for(conn, code, &p);
    } while (code == 0);
    pthread_mutex_unlock(&conn->lock);
    return code;
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

    pthread_mutex_lock(&conn->lock);
    code = wait_for_turn(conn, &p);
    if (code == 0) {
        conn->writing = 1;
        conn->writer = pthread_self();
        do {
            if ((code = begin(conn)) == 0) {
                size_t n = 0;
                int ret = SSL_write_ex(conn->ssl, (const char *)buf + *done, len - *done, &n);

                if (ret == 1) {
                    *done += n;
                    if (*done == len)
                        break;
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
    pthread_mutex_unlock(&conn->lock);
    return code;
}

void tspy_conn_give_up_write(tspy_conn *conn)
{
    pthread_mutex_lock(&conn->lock);
    if (conn->writing && pthread_equal(conn->writer, pthread_self()))
        end_turn(conn);
    pthread_mutex_unlock(&conn->lock);
}

int tspy_conn_pending(tspy_conn *conn)
{
    int pending;

    pthread_mutex_lock(&conn->lock);
    pending = SSL_pending(conn->ssl);
    pthread_mutex_unlock(&conn->lock);
    return pending;
}

int64_t tspy_conn_close_notify(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int64_t code;

    pthread_mutex_lock(&conn->lock);
    if ((code = wait_for_turn(conn, &p)) == 0)
        do {
            int ret;

            if (conn->notified)
                break; /* SSL_shutdown would read now, and refuse data that it finds */
            forget_errors(conn);
            ret = SSL_shutdown(conn->ssl);
            if (ret >= 0) {
                conn->notified = 1;
                break;
            }
            code = outcome(conn, ret);
            if (code == TSPY_E_WANT_READ || code == TSPY_E_WANT_WRITE)
                code = wait_for(conn, code, &p);
        } while (code == 0);
    pthread_mutex_unlock(&conn->lock);
    return code;
}

int64_t tspy_conn_shutdown(tspy_conn *conn, int64_t timeout_ns)
{
    patience p = start_waiting(timeout_ns);
    int sent = 0;
    int64_t code;

    pthread_mutex_lock(&conn->lock);
    do {
        int ret;

        forget_errors(conn);
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
    pthread_mutex_unlock(&conn->lock);
    return code;
}
