/* An audit hook as an extension may add one: counts what it hears, and forbids what it is told to. */
#include <string.h>

long heard;
const char *forbidden = "";

int hook(const char *event, void *arguments, void *data) {
  heard++;
  return strcmp(event, forbidden) ? 0 : -1;
}
