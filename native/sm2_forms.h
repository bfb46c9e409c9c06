/*
 * The forms of SM2 signatures (sm2_forms.c): r || s in 64 bytes, and the DER of GM/T 0009-2012. Read
 * by the C compiler and by CFFI, so: declarations only.
 */
enum {
    TSPY_SM2_RAW = 64,
    TSPY_SM2_LONGEST = 72, /* bytes of a signature in DER */
};

/* The DER of r || s; returns its size. */
size_t tspy_sm2_to_der(const unsigned char *raw, unsigned char *der);

/*
 * r || s of a signature in DER, strictly: 0 if it is anything else than what tspy_sm2_to_der()
 * writes, for two numbers of at most 32 bytes.
 */
int tspy_sm2_from_der(const unsigned char *der, size_t size, unsigned char *raw);
