// The program around GeNN's code: reads what a network is filled with, carries out the steps, writes what was recorded.
//
//     main INPUT OUTPUT
//
// INPUT is a sequence of sections, each a number of elements (64 bits) and the elements; adapters/genn/data.py
// writes them in the order in which they are read here. OUTPUT is a folder.
//
// A step from grid point k to k+1: changes and currents of k; the spikes of the sources at k; GeNN's step, which hands
// the spikes of k on, integrates, adds what has arrived, and tests; spikes and samples of k+1.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "driver.h"

static void fail(const std::string &what) {
    fprintf(stderr, "%s\n", what.c_str());
    exit(1);
}

class Input {
public:
    explicit Input(const char *path) : file(fopen(path, "rb")) {
        if (!file) fail(std::string("Cannot read ") + path);
    }

    template <typename T> std::vector<T> section() {
        std::vector<T> found(size());
        get(found.data(), found.size() * sizeof(T));
        return found;
    }

    uint64_t number() { return section<uint64_t>().at(0); }

    void into(void *place, size_t bytes, size_t element) {
        if (size() * element != bytes) fail("A section of the input has another size than its array.");
        get(place, bytes);
    }

private:
    FILE *file;

    uint64_t size() {
        uint64_t count;
        get(&count, sizeof(count));
        return count;
    }

    void get(void *place, size_t bytes) {
        if (bytes && fread(place, 1, bytes, file) != bytes) fail("The input ends too early.");
    }
};

class Output {
public:
    explicit Output(const std::string &path) : file(fopen(path.c_str(), "wb")), name(path) {
        if (!file) fail("Cannot write " + path);
    }

    void put(const void *place, size_t bytes) {
        if (bytes && fwrite(place, 1, bytes, file) != bytes) fail("Cannot write " + name);
    }

    void close() {
        if (fclose(file)) fail("Cannot write " + name);
    }

private:
    FILE *file;
    std::string name;
};

// ---- what a network is filled with

static void fill(Array &array, Input &input) {
    if (array.allocate) array.allocate();
    input.into(*array.data, array.size * array.element, array.element);
}

// Brings values in the order of the rows to their places.
static void spread(Projection &p, Array &array, const char *values) {
    char *data = (char *)*array.data;
    for (size_t i = 0; i < p.rows; i++) {
        const size_t bytes = (*p.length)[i] * array.element;
        memcpy(data + i * p.row * array.element, values, bytes);
        values += bytes;
    }
}

static void connect(Projection &p, Input &input) {
    const std::vector<unsigned> lengths = input.section<unsigned>();
    const std::vector<unsigned> targets = input.section<unsigned>();
    if (lengths.size() != p.rows) fail("A projection has another number of rows than its array.");
    size_t next = 0;
    for (size_t i = 0; i < p.rows; i++) {
        (*p.length)[i] = lengths[i];
        std::copy(targets.begin() + next, targets.begin() + next + lengths[i], *p.target + i * p.row);
        next += lengths[i];
    }
    for (size_t a = 0; a < p.number; a++) {
        if (p.arrays[a].ragged) {
            const std::vector<char> bytes = input.section<char>();
            spread(p, p.arrays[a], bytes.data());
        } else {
            fill(p.arrays[a], input);
        }
    }
}

// ---- spikes that change synapses

static const size_t few_spikes = 128;
static const int no_spike = 2147483647;

static void make_room(Cells &cells, size_t room) {
    History &history = *cells.history;
    const size_t size = 1 + cells.size * room;
    if (size != (unsigned)size) fail("More spikes change synapses than GeNN has room for.");
    if (*history.data) history.free();
    history.allocate(size);
    int *data = *history.data;
    std::fill(data, data + size, no_spike);
    data[0] = room;
    for (size_t i = 0; i < cells.size; i++)
        std::copy(history.spikes[i].begin(), history.spikes[i].end(), data + 1 + i * room);
    history.push(size);
}

// Notes the spikes of a step, as GeNN's code does; one more than they are has room, and the mark of the end.
static void note_spikes(Cells &cells, int step) {
    size_t most = 0;
    for (unsigned i = 0; i < cells.count(); i++) {
        std::vector<int> &spikes = cells.history->spikes[cells.spikes()[i]];
        spikes.push_back(step);
        most = std::max(most, spikes.size());
    }
    const size_t room = (*cells.history->data)[0];
    if (most + 2 > room) make_room(cells, 2 * room);
}

// What is set holds for what follows; the spikes of the targets up to here find the old values.
static void catch_up(Projection &p, uint64_t step) {
    if (!p.catch_up || !step) return;
    for (size_t a = 0; a < p.number; a++)
        if (p.arrays[a].pull) p.arrays[a].pull();
    p.catch_up(step, p.rows, p.history->spikes);
    for (size_t a = 0; a < p.number; a++) p.arrays[a].push();
}

// ---- what happens in the course of time

struct Train {
    std::vector<uint64_t> first;    // index of the first spike of each step
    std::vector<unsigned> cells;

    void fire(size_t step, Sources &sources) const {
        const size_t number = first[step + 1] - first[step];
        if (number > sources.size) fail("More spikes in a step than there is room for.");
        std::copy(cells.begin() + first[step], cells.begin() + first[step + 1], sources.spikes());
        sources.count() = number;
        sources.push();
    }
};

struct Currents {
    Array *target;
    std::vector<unsigned> cells, input_of_cell;
    std::vector<uint64_t> first;    // index of the first change of each step
    std::vector<unsigned> changed;
    std::vector<double> values, amplitudes;

    void inject(size_t step) {
        if (first[step] == first[step + 1]) return;
        for (size_t i = first[step]; i < first[step + 1]; i++) amplitudes[changed[i]] = values[i];
        std::vector<double> sums(target->size, 0.0);
        for (size_t i = 0; i < cells.size(); i++) sums[cells[i]] += amplitudes[input_of_cell[i]];
        if (target->element == sizeof(double))
            std::copy(sums.begin(), sums.end(), (double *)*target->data);
        else
            std::copy(sums.begin(), sums.end(), (float *)*target->data);
        target->push();
    }
};

struct Change {
    uint64_t step;
    Array *array;
    Projection *projection = nullptr;   // where the array is one of synapses
    std::vector<uint64_t> places;   // of the elements that change, of synapses in ascending order; none: all
    std::vector<char> values;

    void make() const {
        if (projection) catch_up(*projection, step);
        if (!places.empty()) {
            array->pull();
            size_t row = 0, begin = 0;  // of a synapse, and its first place
            for (size_t i = 0; i < places.size(); i++) {
                size_t at = places[i];
                if (array->ragged) {
                    while (at >= begin + (*projection->length)[row]) begin += (*projection->length)[row++];
                    at += row * projection->row - begin;
                }
                memcpy((char *)*array->data + at * array->element, &values[i * array->element], array->element);
            }
        } else if (array->ragged) {
            spread(*projection, *array, values.data());
        } else {
            memcpy(*array->data, values.data(), values.size());
        }
        array->push();
    }
};

// ---- what is recorded

struct Samples {
    Array *array;
    uint64_t interval;
    std::vector<unsigned> cells;
    Output output;

    void take() {
        array->pull();
        std::vector<char> values(cells.size() * array->element);
        for (size_t i = 0; i < cells.size(); i++)
            memcpy(&values[i * array->element], (char *)*array->data + cells[i] * array->element, array->element);
        output.put(values.data(), values.size());
    }
};

static Array &array_of(Input &input, Projection **projection = nullptr) {
    const std::vector<uint64_t> which = input.section<uint64_t>();     // kind, part, array
    if (which[0] == 0) return all_cells.at(which[1]).arrays[which[2]];
    if (projection) *projection = &all_projections.at(which[1]);
    return all_projections.at(which[1]).arrays[which[2]];
}

// Writes the values of all synapses of a projection, in the order of the rows.
static void leave(Projection &p, const std::string &path) {
    for (size_t a = 0; a < p.number; a++) {
        Array &array = p.arrays[a];
        if (array.pull) array.pull();
        Output values(path + "_" + std::to_string(a));
        if (!array.ragged) values.put(*array.data, array.size * array.element);
        for (size_t i = 0; array.ragged && i < p.rows; i++)
            values.put((char *)*array.data + i * p.row * array.element, (*p.length)[i] * array.element);
        values.close();
    }
}

// The largest memory that this process had; what getrusage() says counts that of the process that started it.
static void tell_memory() {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    unsigned long kilobytes;
    while (status && fgets(line, sizeof(line), status))
        if (sscanf(line, "VmHWM: %lu", &kilobytes) == 1) printf("@kilobytes %lu\n", kilobytes);
    if (status) fclose(status);
}

int main(int count, char **arguments) {
    if (count != 3) fail("usage: main INPUT OUTPUT");
    Input input(arguments[1]);
    const std::string folder = std::string(arguments[2]) + "/";
    const uint64_t steps = input.number();

    allocateMem();
    initialize();
    for (Cells &cells : all_cells)
        for (size_t a = 0; a < cells.number; a++) fill(cells.arrays[a], input);
    for (Cells &cells : all_cells) {
        if (!cells.history) continue;
        cells.history->spikes.resize(cells.size);
        make_room(cells, few_spikes);
    }
    for (Projection &projection : all_projections) connect(projection, input);
    initializeSparse();
    for (Cells &cells : all_cells)
        for (size_t a = 0; a < cells.number; a++) cells.arrays[a].push();
    for (Projection &projection : all_projections)
        for (size_t a = 0; a < projection.number; a++) projection.arrays[a].push();

    std::vector<Train> trains;
    for (size_t i = 0; i < all_sources.size(); i++)
        trains.push_back({input.section<uint64_t>(), input.section<unsigned>()});
    std::vector<Currents> currents(input.number());
    for (Currents &c : currents) {
        c.target = &array_of(input);
        c.cells = input.section<unsigned>();
        c.input_of_cell = input.section<unsigned>();
        c.amplitudes.resize(input.number());
        c.first = input.section<uint64_t>();
        c.changed = input.section<unsigned>();
        c.values = input.section<double>();
    }
    std::vector<Samples> samples;
    const uint64_t requests = input.number();
    for (uint64_t i = 0; i < requests; i++) {
        Array *array = &array_of(input);
        const uint64_t interval = input.number();
        samples.push_back({array, interval, input.section<unsigned>(), Output(folder + "samples" + std::to_string(i))});
        samples.back().take();
    }
    std::vector<Change> changes(input.number());
    for (Change &c : changes) {
        c.step = input.number();
        c.array = &array_of(input, &c.projection);
        c.places = input.section<uint64_t>();
        c.values = input.section<char>();
    }
    std::vector<Output> spikes;
    std::vector<std::vector<unsigned>> counts(all_cells.size(), std::vector<unsigned>(steps));
    for (size_t i = 0; i < all_cells.size(); i++) spikes.emplace_back(folder + "spikes" + std::to_string(i));

    size_t change = 0;
    const uint64_t report = steps / 200 + 1;
    for (uint64_t step = 0; step < steps; step++) {
        for (; change < changes.size() && changes[change].step == step; change++) changes[change].make();
        for (Currents &c : currents) c.inject(step);
        for (size_t i = 0; i < trains.size(); i++) trains[i].fire(step, all_sources[i]);
        stepTime();
        for (size_t i = 0; i < all_cells.size(); i++) {
            all_cells[i].pull();
            counts[i][step] = all_cells[i].count();
            spikes[i].put(all_cells[i].spikes(), counts[i][step] * sizeof(unsigned));
            if (all_cells[i].history) note_spikes(all_cells[i], step + 1);
        }
        for (Samples &s : samples)
            if ((step + 1) % s.interval == 0) s.take();
        if (step % report == 0) {
            printf("@step %llu\n", (unsigned long long)step);
            fflush(stdout);
        }
    }
    for (size_t i = 0; i < all_cells.size(); i++) {
        spikes[i].close();
        Output numbers(folder + "counts" + std::to_string(i));
        numbers.put(counts[i].data(), steps * sizeof(unsigned));
        numbers.close();
    }
    for (Samples &s : samples) s.output.close();
    for (size_t i = 0; i < all_cells.size(); i++)
        for (size_t a = 0; a < all_cells[i].number; a++) {
            Array &array = all_cells[i].arrays[a];
            if (!array.pull) continue;  // what all cells share
            array.pull();
            Output values(folder + "values" + std::to_string(i) + "_" + std::to_string(a));
            values.put(*array.data, array.size * array.element);
            values.close();
        }
    for (size_t i = 0; i < all_projections.size(); i++)
        if (all_projections[i].changes) leave(all_projections[i], folder + "synapses" + std::to_string(i));
    tell_memory();
    freeMem();
    return 0;
}
