/* The functions that C calls and Python defines (tongsuo_py/_binding/callbacks.py). */
extern "Python+C" int tspy_bio_read(void *handle, char *buf, int len);
extern "Python+C" int tspy_bio_write(void *handle, const char *buf, int len);
extern "Python" int tspy_password(char *buf, int size, int rwflag, void *userdata);
