// What the program has to know of a network: where its arrays are, and how they are sent to the device and fetched.

#pragma once

#include <cstddef>
#include <vector>

typedef void (*Action)();

struct Array {
    void **data;
    size_t element;     // bytes
    size_t size;        // elements; of a ragged array all places of all rows
    bool ragged;        // whether it holds a row for each source cell
    Action allocate, push, pull;
};

struct Cells {
    unsigned size;
    Array *arrays;
    size_t number;
    unsigned &(*count)();
    unsigned *(*spikes)();
    Action push, pull;
};

struct Sources {
    unsigned size;
    unsigned &(*count)();
    unsigned *(*spikes)();
    Action push, pull;
};

struct Projection {
    size_t rows, row;
    unsigned **length, **target;
    Array *arrays;
    size_t number;
};

extern std::vector<Cells> all_cells;
extern std::vector<Sources> all_sources;
extern std::vector<Projection> all_projections;

// GeNN's functions, which every network has.
extern "C" {
void allocateMem();
void initialize();
void initializeSparse();
void stepTime();
void freeMem();
}
