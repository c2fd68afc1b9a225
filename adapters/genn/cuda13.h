// GeNN 4.9 calls cuCtxCreate as CUDA 12 has it.

#include <cuda.h>
#if CUDA_VERSION >= 13000
#undef cuCtxCreate
#define cuCtxCreate(context, flags, device) cuCtxCreate_v4(context, nullptr, flags, device)
#endif
