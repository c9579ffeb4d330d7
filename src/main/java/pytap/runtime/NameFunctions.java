package pytap.runtime;

/// The library functions that give numbers their names: errors, signals, sockets.
public final class NameFunctions {
  /// Numbers from 1 (Linux 6.6 include/uapi/asm-generic/errno-base.h and errno.h); `-` where there
  /// is none.
  private static final String[] ERRORS =
      words(
          """
          EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM
          EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE
          EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE
          EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM ECHRNG
          EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO
          EBADRQC EBADSLT - EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE
          ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ
          EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART
          ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT
          EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT
          EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED
          ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT
          ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE EUCLEAN
          ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY
          EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL
          EHWPOISON
          """);

  /// Numbers from 1 (signal(7), x86-64).
  private static final String[] SIGNALS =
      words(
          """
          HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT
          STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO/POLL PWR SYS
          """);

  /// The first that is for real-time use, `RTMIN` of the kernel.
  private static final int FIRST_REAL_TIME = 32;

  private static final int LAST_SIGNAL = 64;

  /// Numbers from 0 (the protocol numbers of IP, as /etc/protocols names them).
  private static final String[] PROTOCOLS =
      words(
          """
          IP ICMP IGMP GGP IPENCAP ST TCP CBT EGP IGP BBN-RCC NVP PUP ARGUS EMCON XNET CHAOS UDP
          MUX DCN HMP PRM XNS-IDP TRUNK-1 TRUNK-2 LEAF-1 LEAF-2 RDP IRTP ISO-TP4 NETBLT MFE-NSP
          MERIT-INP SEP 3PC IDPR XTP DDP IDPR-CMTP TP++ IL IPV6 SDRP IPV6-ROUTE IPV6-FRAG IDRP
          RSVP GRE MHRP BNA IPV6-CRYPT IPV6-AUTH I-NLSP SWIPE NARP MOBILE TLSP SKIP IPV6-ICMP
          IPV6-NONXT IPV6-OPTS - CFTP - SAT-EXPAK KRYPTOLAN RVD IPPC - SAT-MON VISA IPCV CPNX
          CPHB WSN PVP BR-SAT-MON SUN-ND WB-MON WB-EXPAK ISO-IP VMTP SECURE-VMTP VINES TTP
          NSFNET-IGP DGP TCF EIGRP OSPF SPRITE-RPC LARP MTP AX.25 IPIP MICP SCC-SP ETHERIP ENCAP
          - GMTP IFMP PNNI PIM ARIS SCPS QNX A/N IPCOMP SNP COMPAQ-PEER IPX-IN-IP VRRP PGM -
          L2TP DDX IATP STP SRP UTI SMP SM PTP ISIS FIRE CRTP CRDUP SSCOPMCE IPLT SPS PIPE SCTP
          FC RSVP-E2E-IGNORE Mobility-Header UDPLite MPLS-IN-IP
          """);

  /// Numbers from 0 (Linux 6.6 include/linux/socket.h).
  private static final String[] FAMILIES =
      words(
          """
          UNSPEC LOCAL INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE
          DECNET NETBEUI SECURITY KEY NETLINK PACKET ASH ECONET ATMSVC - SNA IRDA PPPOX
          WANPIPE LLC - - - TIPC BLUETOOTH IUCV RXRPC
          """);

  private static final String[] STATES =
      words("FREE UNCONNECTED CONNECTING CONNECTED DISCONNECTING");

  private static final String[] TYPES = words("- STREAM DGRAM RAW RDM SEQPACKET DCCP - - - PACKET");

  /// By bit (Linux 6.6 include/linux/net.h).
  private static final String[] SOCKET_FLAGS =
      words("ASYNC_NOSPACE ASYNC_WAITDATA NOSPACE PASSCRED PASSSEC");

  /// By bit (Linux 6.6 include/linux/socket.h).
  private static final String[] MESSAGE_FLAGS =
      words(
          """
          OOB PEEK DONTROUTE|TRYHARD CTRUNC PROBE TRUNC DONTWAIT EOR WAITALL FIN SYN CONFIRM RST
          ERRQUEUE NOSIGNAL MORE
          """);

  /// By bit (Linux 6.6 include/uapi/asm-generic/signal-defs.h).
  private static final String[] ACTION_FLAGS =
      words(
          """
          NOCLDSTOP NOCLDWAIT SIGINFO - - - - - - - - - - - - - - - - - - - - - - - RESTORER
          ONSTACK RESTART - NODEFER RESETHAND
          """);

  /// Numbers from 1 (Linux 6.6 include/net/tcp_states.h).
  private static final String[] TCP_STATES =
      words(
          """
          ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK
          LISTEN CLOSING
          """);

  /// Numbers from 0 (Linux 6.6 include/uapi/asm-generic/resource.h).
  private static final String[] LIMITS =
      words(
          """
          CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE
          RTPRIO RTTIME
          """);

  private NameFunctions() {}

  private static String[] words(String text) {
    return text.strip().split("[ \n]+", -1);
  }

  /// The name of `number`, counted from `first`; "" where it has none.
  private static String name(String[] names, long first, long number) {
    long index = number - first;
    return index < 0 || index >= names.length || names[(int) index].equals("-")
        ? ""
        : names[(int) index];
  }

  private static ByteString nameOr(String[] names, long first, long number, String otherwise) {
    String name = name(names, first, number);
    return ByteString.ofLatin1(name.isEmpty() ? otherwise : name);
  }

  private static long number(String[] names, ByteString name) {
    String wanted = name.toString();
    for (int i = 0; i < names.length; i++) {
      if (names[i].equals(wanted) && !wanted.equals("-")) {
        return i;
      }
    }
    return -1;
  }

  private static ByteString bits(String[] names, long flags) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < names.length; i++) {
      if ((flags >>> i & 1) != 0 && !names[i].equals("-")) {
        out.append(out.isEmpty() ? "" : "|").append(names[i]);
      }
    }
    return ByteString.ofLatin1(out.toString());
  }

  /// `ENOENT` for 2 and for -2; "" for what is no error.
  public static ByteString errnoStr(long error) {
    return nameOr(ERRORS, 1, Math.abs(error), "");
  }

  /// The error's positive number; 0 for what is no error.
  public static long errnoP(long error) {
    return name(ERRORS, 1, Math.abs(error)).isEmpty() ? 0 : Math.abs(error);
  }

  public static ByteString signalStr(long signal) {
    if (signal < FIRST_REAL_TIME || signal > LAST_SIGNAL) {
      return nameOr(SIGNALS, 1, signal, "");
    }
    long number = signal - FIRST_REAL_TIME;
    return ByteString.ofLatin1(number == 0 ? "RTMIN" : "RTMIN+" + number);
  }

  /// The numbers of the signals in a set: `2,15`.
  public static ByteString sigsetMaskStr(long mask) {
    StringBuilder out = new StringBuilder();
    for (int i = 1; i < LAST_SIGNAL; i++) {
      if ((mask >>> (i - 1) & 1) != 0) {
        out.append(out.isEmpty() ? "" : ",").append(i);
      }
    }
    return ByteString.ofLatin1(out.toString());
  }

  public static ByteString saFlagsStr(long flags) {
    return bits(ACTION_FLAGS, flags);
  }

  public static ByteString saHandlerStr(long handler) {
    return ByteString.ofLatin1(
        handler == 0
            ? "default"
            : handler == 1 ? "ignored" : handler == -1 ? "error" : LateReader.hex(handler));
  }

  /// An IPv4 address in network order: `127.0.0.1` for 0x0100007f.
  public static ByteString ipNtop(long address) {
    return ByteString.ofLatin1(
        (address & 255)
            + "."
            + (address >>> 8 & 255)
            + "."
            + (address >>> 16 & 255)
            + "."
            + (address >>> 24 & 255));
  }

  public static ByteString tcpSockstateStr(long state) {
    return nameOr(TCP_STATES, 1, state, "UNDEF");
  }

  public static ByteString sockProtNum2str(long protocol) {
    return nameOr(PROTOCOLS, 0, protocol, "UNDEF");
  }

  public static long sockProtStr2num(ByteString protocol) {
    return number(PROTOCOLS, protocol);
  }

  public static ByteString sockFamNum2str(long family) {
    return nameOr(FAMILIES, 0, family, "UNDEF");
  }

  public static long sockFamStr2num(ByteString family) {
    return number(FAMILIES, family);
  }

  public static ByteString sockStateNum2str(long state) {
    return nameOr(STATES, 0, state, "UNDEF");
  }

  public static long sockStateStr2num(ByteString state) {
    return number(STATES, state);
  }

  public static ByteString sockTypeNum2str(long type) {
    return nameOr(TYPES, 0, type, "UNDEF");
  }

  public static long sockTypeStr2num(ByteString type) {
    return number(TYPES, type);
  }

  public static ByteString sockFlagsNum2str(long flags) {
    return bits(SOCKET_FLAGS, flags);
  }

  public static ByteString msgFlagsNum2str(long flags) {
    return bits(MESSAGE_FLAGS, flags & 0xffff);
  }

  /// The number of a resource: 7 for `RLIMIT_NOFILE`; -1 for unknown names.
  public static long rlimitFromStr(ByteString name) {
    String text = name.toString();
    return text.startsWith("RLIMIT_")
        ? number(LIMITS, ByteString.ofLatin1(text.substring("RLIMIT_".length())))
        : -1;
  }
}
