/*
 * Runs a function with different secrets, an instruction at a time, and tells where that shows.
 *
 *     stepper SUBJECT native|avx2 OPERANDS < SECRETS      compares each run with the first one
 *     stepper SUBJECT native|avx2 < SECRET                under valgrind: the secret is "undefined"
 *     stepper                                             lists the subjects and their secrets' sizes
 *
 * Each run is a child of its own, forked from the same state, so that all that is no secret lies at
 * the same addresses. The trap flag has the processor stop after each instruction, and a handler
 * writes down where it is and which memory the next instruction will touch. (It is the process that
 * traces itself: ptrace does the same, takes several times as long and is not allowed everywhere.)
 *
 * Lines of output, with addresses in hexadecimal:
 *
 *     branch RUN ADDRESS      behind this instruction, this run went another way than the first one
 *     operand RUN ADDRESS     this instruction touched other memory, or divided other numbers
 *     lost RUN ADDRESS        the same as branch, and the two never came together again
 *     steps NUMBER            instructions in the first run
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_DISABLE_ERROR_REPORTING
#define VALGRIND_ENABLE_ERROR_REPORTING
#define VALGRIND_PRINTF(...)
#define VALGRIND_MAKE_MEM_UNDEFINED(start, size)
#endif

#include "stepper.h"

enum {
    MOST_STEPS = 8 << 20,
    MOST_SECRET = 4096,
    MOST_OPERANDS = 2, /* of an instruction */
    MOST_REPORTS = 1000,
    FARTHEST = 4000, /* steps within which two runs are to come together again */
    NEEDS_MORE = 77, /* exit status: this processor cannot run it */
};

/* base + scale * index + displacement; a register is -1 where there is none, a vector 32 and more. */
typedef struct {
    int base, index;
    unsigned scale;
    int64_t displacement;
} operand;

enum { FIRST_VECTOR = 32 };

typedef struct {
    uint32_t code, stack;
    uint64_t touches[MOST_OPERANDS];
} step;

typedef struct {
    size_t count;
    step steps[MOST_STEPS];
} trace;

int native;

static uint64_t code_start, code_end;
static operand *operands;
static uint32_t *first_operand, *operand_count; /* of each address of the code */
static trace *tracing;
static unsigned vector_places[8]; /* in the saved state, by its part: 2, 6 and 7 are of vectors */

void must(int worked, const char *what)
{
    if (!worked) {
        fprintf(stderr, "this did not work: %s\n", what);
        exit(3);
    }
}

void need(int available, const char *what)
{
    if (!available) {
        fprintf(stderr, "this processor has not %s\n", what);
        exit(NEEDS_MORE);
    }
}

static void *room(size_t size)
{
    void *made = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    must(made != MAP_FAILED, "memory");
    return made;
}

/* The file: where code starts and ends, how many operands; then each with its instruction's address. */
static void read_operands(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t count, i;

    must(file != NULL, path);
    must(fscanf(file, "%lx %lx %zu", &code_start, &code_end, &count) == 3, path);
    operands = calloc(count, sizeof(*operands));
    first_operand = room((code_end - code_start) * sizeof(*first_operand));
    operand_count = room((code_end - code_start) * sizeof(*operand_count));
    for (i = 0; i < count; i++) {
        operand *o = &operands[i];
        uint64_t address;

        must(fscanf(file, "%lx %d %d %u %ld", &address, &o->base, &o->index, &o->scale,
                    &o->displacement) == 5, path);
        if (operand_count[address - code_start]++ == 0)
            first_operand[address - code_start] = (uint32_t)i;
    }
    fclose(file);
}

/* XSAVE's standard form, which signal frames have, tells the place of each part by CPUID. */
static void find_vectors(void)
{
    unsigned part;

    for (part = 2; part < 8; part++) {
        unsigned eax = 0xd, ebx, ecx = part, edx;

        __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
        vector_places[part] = ebx;
    }
}

/* A number that stands for all of a vector register. */
static uint64_t vector(const ucontext_t *state, int number)
{
    const unsigned char *saved = (const unsigned char *)state->uc_mcontext.fpregs;
    const unsigned char *parts[4];
    uint64_t sum = UINT64_C(1469598103934665603); /* FNV-1a */
    int i;

    if (number < 16) {
        parts[0] = saved + 160 + 16 * number;
        parts[1] = saved + vector_places[2] + 16 * number;
        parts[2] = saved + vector_places[6] + 32 * number;
        parts[3] = parts[2] + 16;
    } else {
        for (i = 0; i < 4; i++)
            parts[i] = saved + vector_places[7] + 64 * (number - 16) + 16 * i;
    }
    for (i = 0; i < (vector_places[6] == 0 ? 32 : 64); i++)
        sum = (sum ^ parts[i / 16][i % 16]) * UINT64_C(1099511628211);
    return sum;
}

static uint64_t touched(const ucontext_t *state, const operand *o)
{
    static const int registers[] = {
        REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
        REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    const greg_t *values = state->uc_mcontext.gregs;
    uint64_t sum = (uint64_t)o->displacement;

    if (o->base >= 0)
        sum += (uint64_t)values[registers[o->base]];
    if (o->index >= FIRST_VECTOR)
        sum ^= vector(state, o->index - FIRST_VECTOR);
    else if (o->index >= 0)
        sum += o->scale * (uint64_t)values[registers[o->index]];
    return sum;
}

/* Calls nothing of libc: it may be in the middle of that. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
    const ucontext_t *state = context;
    uint64_t code = (uint64_t)state->uc_mcontext.gregs[REG_RIP];
    step *now = &tracing->steps[tracing->count];
    uint32_t i;

    (void)signal;
    (void)info;
    if (++tracing->count == MOST_STEPS)
        _exit(4);
    now->code = (uint32_t)code;
    now->stack = (uint32_t)state->uc_mcontext.gregs[REG_RSP];
    for (i = 0; i < MOST_OPERANDS; i++)
        now->touches[i] = 0;
    if (code < code_start || code >= code_end)
        return;
    for (i = 0; i < operand_count[code - code_start] && i < MOST_OPERANDS; i++)
        now->touches[i] = touched(state, &operands[first_operand[code - code_start] + i]);
}

static void run_traced(const subject *s, const unsigned char *secret)
{
    static unsigned char stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    sigaltstack(&other, NULL);
    sigaction(SIGTRAP, &action, NULL);
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "cc", "memory");
    s->run(secret);
    __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "cc", "memory");
}

static void record(trace *into, const subject *s, const unsigned char *secret)
{
    static unsigned char copy[MOST_SECRET];
    int status;
    pid_t child;

    memcpy(copy, secret, s->secret);
    into->count = 0;
    tracing = into;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        if (s->load != NULL)
            s->load(copy);
        run_traced(s, copy);
        _exit(0);
    }
    must(child > 0 && waitpid(child, &status, 0) == child && status == 0, s->name);
}

/* After the two went different ways: the nearest pair of steps at the same place of code and stack. */
static int meet(const trace *a, size_t *i, const trace *b, size_t *j)
{
    size_t both, x;

    for (both = 1; both < FARTHEST; both++)
        for (x = 0; x <= both; x++) {
            size_t p = *i + x, q = *j + both - x;

            if (p < a->count && q < b->count && a->steps[p].code == b->steps[q].code
                && a->steps[p].stack == b->steps[q].stack) {
                *i = p;
                *j = q;
                return 1;
            }
        }
    return 0;
}

static void compare(const trace *a, const trace *b, int run)
{
    size_t i = 0, j = 0;
    int reports = 0;

    while (i < a->count && j < b->count && reports < MOST_REPORTS) {
        const step *p = &a->steps[i], *q = &b->steps[j];

        if (p->code != q->code) {
            uint32_t before = i == 0 ? 0 : p[-1].code;
            int met = meet(a, &i, b, &j);

            printf("%s %d %x\n", met ? "branch" : "lost", run, before);
            reports++;
            if (!met)
                return;
            continue;
        }
        if (memcmp(p->touches, q->touches, sizeof(p->touches)) != 0) {
            printf("operand %d %x\n", run, p->code);
            reports++;
        }
        i++;
        j++;
    }
    if (reports < MOST_REPORTS && (i < a->count || j < b->count))
        printf("lost %d %x\n", run, a->steps[i - 1].code);
}

static const subject *find(const char *name)
{
    const subject *lists[] = {control_subjects, sm4_subjects, sm2_subjects}, *s;
    int i;

    for (i = 0; i < 3; i++)
        for (s = lists[i]; s->name != NULL; s++)
            if (name == NULL)
                printf("%zu %s\n", s->secret, s->name);
            else if (strcmp(s->name, name) == 0)
                return s;
    must(name == NULL, name);
    return NULL;
}

int main(int count, char **arguments)
{
    static unsigned char secret[MOST_SECRET];
    const subject *s = find(count < 3 ? NULL : arguments[1]);
    trace *traces[2];
    int run;

    if (s == NULL)
        return 0;
    native = strcmp(arguments[2], "native") == 0;
    if (count < 4) {
        must(fread(secret, 1, s->secret, stdin) == s->secret, "reading a secret");
        VALGRIND_DISABLE_ERROR_REPORTING;
        s->ready();
        if (s->load != NULL)
            s->load(secret);
        VALGRIND_MAKE_MEM_UNDEFINED(secret, s->secret);
        VALGRIND_PRINTF("begin\n");
        VALGRIND_ENABLE_ERROR_REPORTING;
        s->run(secret);
        VALGRIND_DISABLE_ERROR_REPORTING;
        VALGRIND_PRINTF("end\n");
        _exit(0);
    }
    read_operands(arguments[3]);
    find_vectors();
    s->ready();
    for (run = 0; run < 2; run++)
        traces[run] = room(sizeof(trace));
    for (run = 0; fread(secret, 1, s->secret, stdin) == s->secret; run++) {
        record(traces[run != 0], s, secret);
        if (run != 0)
            compare(traces[0], traces[1], run);
    }
    printf("steps %zu\n", traces[0]->count);
    return 0;
}
