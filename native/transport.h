/*
 * Connections: an SSL object with its way to the network (transport.c). Read by the C compiler
 * and by CFFI, so: declarations only.
 *
 * A call that does I/O returns how many bytes it moved (0 for a handshake or a shutdown that is
 * done) or one of the negative codes below. It runs without the GIL, blocks at most `timeout_ns`
 * nanoseconds (0: not at all; negative: for ever), and needs no lock of the caller's.
 */
typedef struct tspy_conn tspy_conn;

enum {
    TSPY_E_SSL = -1,         /* the error queue of this thread says what */
    TSPY_E_WANT_READ = -2,   /* only where the call must not block */
    TSPY_E_WANT_WRITE = -3,
    TSPY_E_SYSCALL = -5,     /* errno says what; 0: the peer closed without a close_notify */
    TSPY_E_ZERO_RETURN = -6, /* the peer's close_notify */
    TSPY_E_OTHER = -9,       /* a state that no caller asked for */
    TSPY_E_TIMEOUT_READ = -20,  /* timeout_ns is over, while waiting to read */
    TSPY_E_TIMEOUT_WRITE = -21, /* the same, to write */
    TSPY_E_INTERRUPTED = -22,   /* a signal came, or may have: look after it, then call again */
    TSPY_E_REENTRANT = -24      /* a signal's handler writes amid its own thread's write */
};

/* Bytes for which a connection without a socket keeps memory; for more it has some as it goes. */
#define TSPY_SMALL 1024

/*
 * What a connection without a socket reads and writes; the caller carries it, one thread at a time.
 * It is given bytes where a call says TSPY_E_WANT_READ, or, to save that call, where `wanted` is not
 * 0; never more than those of the record under way, so that what follows stays with the caller.
 */
typedef struct {
    const char *given; /* the caller's, who keeps it until the next is given */
    size_t left;       /* bytes of it not read yet */
    int end;           /* set by the caller: nothing follows */
    size_t wanted;     /* bytes that it reads next; 0: it has some, or only a call can tell */
    int record;        /* those are the header of a record, and without it a read says WANT_READ */

    char *output;      /* `kept` as long as that is enough, then `more` */
    size_t written;    /* bytes at output; 0 again when the caller has taken them */
    size_t moved;      /* by the last call of the two below, where it did not say it at once */
    size_t room;
    char *kept, *more;
} tspy_memory;

/* fd: a socket; or -1 for none. */
tspy_conn *tspy_conn_new(SSL_CTX *ctx, int server, int detect_ntls, int fd);
void tspy_conn_free(tspy_conn *conn);
/* Before fd is closed: a thread that still waits in poll() must not touch who gets its number. */
void tspy_conn_let_go(tspy_conn *conn);
SSL *tspy_conn_ssl(tspy_conn *conn);
tspy_memory *tspy_conn_memory(tspy_conn *conn);
void tspy_conn_give(tspy_conn *conn, const char *data, size_t len);
/* After more than TSPY_SMALL bytes were taken. */
void tspy_conn_taken(tspy_conn *conn);

/*
 * Held while an SSL_* function looks at the connection from Python; recursive. `*held`, 0 at first,
 * says whether there is something to unlock: a signal's handler may raise as soon as a call returns.
 */
void tspy_conn_lock(tspy_conn *conn, int *held);
void tspy_conn_unlock(tspy_conn *conn, int *held);

int64_t tspy_conn_handshake(tspy_conn *conn, int64_t timeout_ns);
int64_t tspy_conn_read(tspy_conn *conn, void *buf, size_t len, int64_t timeout_ns);
/*
 * Writes what lies behind `*done`, which it moves on; 0 when all of it is out. After
 * TSPY_E_INTERRUPTED the thread goes on with the same arguments, or gives up; until then no other
 * thread can write.
 */
int64_t tspy_conn_write(tspy_conn *conn, const void *buf, size_t len, size_t *done,
                        int64_t timeout_ns);
void tspy_conn_give_up_write(tspy_conn *conn, const size_t *done);
int tspy_conn_pending(tspy_conn *conn);
/*
 * The same two without a socket, for what is most frequent: a read of what is given with it (if
 * `given` is not 0), and a write of so little that it fits into a record. They never wait.
 *
 * The read returns how much there is if that is all that happened, the write how many bytes to take
 * from `kept` (they count as taken) if that is all that is left to do. Else 0, and the memory tells:
 * how much was `moved`, and what is `written`.
 */
int64_t tspy_conn_read_given(tspy_conn *conn, void *buf, size_t len, const char *data,
                             size_t given);
int64_t tspy_conn_write_record(tspy_conn *conn, const void *buf, size_t len);
/* Says that we send no more; what the peer still sends can be read. */
int64_t tspy_conn_close_notify(tspy_conn *conn, int64_t timeout_ns);
/* Says it, and waits until the peer has said it. */
int64_t tspy_conn_shutdown(tspy_conn *conn, int64_t timeout_ns);
