/*
 * The least that any reader of captures does: libpcap takes each packet off the file, and one byte of it is looked at.
 *
 * The few declarations stand here, so that the library is enough and its headers (libpcap-dev) are not needed:
 *     cc -O2 -o read read.c -l:libpcap.so.0.8
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>

struct pcap_pkthdr {
    struct timeval ts;
    uint32_t caplen;
    uint32_t len;
};
typedef struct pcap pcap_t;
pcap_t *pcap_open_offline(const char *path, char *error);
int pcap_next_ex(pcap_t *capture, struct pcap_pkthdr **header, const unsigned char **data);

enum { ERROR_SIZE = 256 };

int main(int argc, char **argv) {
    char error[ERROR_SIZE] = "which file?";
    pcap_t *capture = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
    if (capture == NULL) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    struct pcap_pkthdr *header;
    const unsigned char *data;
    unsigned long packets = 0, bytes = 0, sum = 0;
    while (pcap_next_ex(capture, &header, &data) == 1) {
        packets += 1;
        bytes += header->caplen;
        sum += header->caplen > 0 ? data[0] : 0;
    }
    printf("%lu packets, %lu bytes, %lu\n", packets, bytes, sum);
    return 0;
}
