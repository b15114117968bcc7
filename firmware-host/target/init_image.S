/* The init program as data; RIGBISECT_INIT_FILE comes from CMakeLists.txt. */
  .section .rodata
  .balign 16
  .global rigbisect_init_begin
rigbisect_init_begin:
  .incbin RIGBISECT_INIT_FILE
  .global rigbisect_init_end
rigbisect_init_end:
  .section .note.GNU-stack,"",@progbits
