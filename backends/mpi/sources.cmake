# The sources of the MPI backend. The tests compile them with each MPI that there is, whichever the library is built with.
set(chunkwise_mpi_sources
  ${CMAKE_CURRENT_LIST_DIR}/coordinator.cpp
  ${CMAKE_CURRENT_LIST_DIR}/job.cpp
  ${CMAKE_CURRENT_LIST_DIR}/messages.cpp
  ${CMAKE_CURRENT_LIST_DIR}/messenger.cpp
  ${CMAKE_CURRENT_LIST_DIR}/mpi_backend.cpp
  ${CMAKE_CURRENT_LIST_DIR}/worker.cpp
)
