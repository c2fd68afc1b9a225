// The model that GeNN's generator (src/genn/generator/generator.cc) includes: it is read from the file that
// $UNISONO_GENN_MODEL names, so that the generator is compiled once and not for each network.
//
// The file is a sequence of texts, each with its length in a line before it; adapters/genn/program.py writes them in
// the order in which they are read here.

#include <cstdlib>
#include <memory>

namespace unisono {

class Texts {
public:
    explicit Texts(const char *path) : file(path ? path : "") {
        if (!file) throw std::runtime_error("Cannot read the model.");
    }

    std::string text() {
        size_t length;
        file >> length;
        file.get();
        std::string found(length, ' ');
        file.read(&found[0], length);
        if (!file) throw std::runtime_error("The model ends too early.");
        return found;
    }

    unsigned number() { return std::stoul(text()); }

private:
    std::ifstream file;
};

struct Nothing {
    const std::vector<double> &getInitialisers() const { return none; }
    std::vector<double> none;
};

// Values that the program fills in.
struct Unset {
    explicit Unset(size_t count = 0) : values(count, uninitialisedVar()) {}
    const std::vector<Models::VarInit> &getInitialisers() const { return values; }
    std::vector<Models::VarInit> values;
};

Models::Base::VarVec variables(Texts &texts) {
    Models::Base::VarVec found;
    for (unsigned count = texts.number(); count > 0; count--) {
        const std::string name = texts.text(), type = texts.text();
        found.push_back({name, type, texts.number() ? VarAccess::READ_WRITE : VarAccess::READ_ONLY});
    }
    return found;
}

Snippet::Base::EGPVec arrays(Texts &texts) {
    Snippet::Base::EGPVec found;
    for (unsigned count = texts.number(); count > 0; count--) {
        const std::string name = texts.text();
        found.push_back({name, texts.text()});
    }
    return found;
}

class Cells : public NeuronModels::Base {
public:
    typedef Nothing ParamValues;
    typedef Unset VarValues;

    explicit Cells(Texts &texts)
        : step(texts.text()), condition(texts.text()), reset(texts.text()), support(texts.text()),
          state(variables(texts)), shared(arrays(texts)) {
        for (unsigned count = texts.number(); count > 0; count--) {
            const std::string name = texts.text();
            inputs.push_back({name, texts.text(), "0"});
        }
    }

    std::string getSimCode() const override { return step; }
    std::string getThresholdConditionCode() const override { return condition; }
    std::string getResetCode() const override { return reset; }
    std::string getSupportCode() const override { return support; }
    VarVec getVars() const override { return state; }
    EGPVec getExtraGlobalParams() const override { return shared; }
    ParamValVec getAdditionalInputVars() const override { return inputs; }
    bool isAutoRefractoryRequired() const override { return false; }

private:
    const std::string step, condition, reset, support;
    const VarVec state;
    const EGPVec shared;
    ParamValVec inputs;
};

class Synapses : public WeightUpdateModels::Base {
public:
    typedef Nothing ParamValues;
    typedef Unset VarValues, PreVarValues, PostVarValues;

    explicit Synapses(Texts &texts)
        : code(texts.text()), state(variables(texts)), shared(arrays(texts)) {}

    std::string getSimCode() const override { return code; }
    VarVec getVars() const override { return state; }
    EGPVec getExtraGlobalParams() const override { return shared; }

private:
    const std::string code;
    const VarVec state;
    const EGPVec shared;
};

// What has arrived is added to the sum of the population that is named with it, and nothing is left.
class Arrival : public PostsynapticModels::Base {
public:
    typedef Nothing ParamValues;
    typedef Unset VarValues;

    std::string getApplyInputCode() const override { return "$(Isyn) += $(inSyn); $(inSyn) = 0;"; }
};

}  // namespace unisono

void modelDefinition(ModelSpec &model) {
    using namespace unisono;
    Texts texts(std::getenv("UNISONO_GENN_MODEL"));
    const std::string flags = texts.text();
    GENN_PREFERENCES.userCxxFlagsGNU = flags;
#ifdef UNISONO_CUDA
    GENN_PREFERENCES.userNvccFlags = texts.text();
#endif
    model.setName(texts.text());
    model.setDT(std::stod(texts.text()));
    model.setPrecision(texts.number() ? GENN_FLOAT : GENN_DOUBLE);
    model.setTimePrecision(TimePrecision::DOUBLE);
    model.setFusePostsynapticModels(true);
    // The models are kept for as long as the generator runs, which is what GeNN expects.
    for (unsigned count = texts.number(); count > 0; count--) {
        const std::string name = texts.text();
        const unsigned size = texts.number();
        const Cells *cells = new Cells(texts);
        model.addNeuronPopulation<Cells>(name, size, cells, Nothing(), Unset(cells->getVars().size()));
    }
    for (unsigned count = texts.number(); count > 0; count--) {
        const std::string name = texts.text();
        model.addNeuronPopulation<NeuronModels::SpikeSource>(name, texts.number(), {}, {});
    }
    const Arrival *arrival = new Arrival;
    for (unsigned count = texts.number(); count > 0; count--) {
        const std::string name = texts.text(), source = texts.text(), target = texts.text(), sum = texts.text();
        const unsigned waiting = texts.number(), longest = texts.number(), row = texts.number();
        const Synapses *synapses = new Synapses(texts);
        const size_t number = synapses->getVars().size();
        auto *made = model.addSynapsePopulation<Synapses, Arrival>(
            name, number ? SynapseMatrixType::SPARSE_INDIVIDUALG : SynapseMatrixType::SPARSE_GLOBALG, waiting, source,
            target, synapses, Nothing(), Unset(number), Unset(), Unset(), arrival, Nothing(), Unset());
        made->setPSTargetVar(sum);
        made->setMaxConnections(row);
        if (longest) made->setMaxDendriticDelayTimesteps(longest);
    }
}
