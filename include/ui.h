/* <openssl/ui.h>: how the library would ask somebody at the terminal, which it must not. */
typedef ... UI_METHOD;

const UI_METHOD *UI_null(void);
void UI_set_default_method(const UI_METHOD *meth);
