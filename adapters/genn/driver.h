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

// The spikes of each cell, for the synapses that they change: the room for those of a cell, and a row of steps for each.
struct History {
    int **data;
    void (*allocate)(unsigned);
    Action free;
    void (*push)(unsigned);
    std::vector<std::vector<int>> spikes;   // the same in the program's memory
};

struct Cells {
    unsigned size;
    Array *arrays;
    size_t number;
    unsigned &(*count)();
    unsigned *(*spikes)();
    Action push, pull;
    History *history;   // where its spikes change synapses
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
    bool changes;       // whether spikes change the synapses
    void (*catch_up)(int step, size_t rows, const std::vector<std::vector<int>> &spikes);
    History *history;   // of the targets, where their spikes do
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
