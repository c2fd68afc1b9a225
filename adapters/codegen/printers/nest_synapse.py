"""A synapse model as a connection of NEST, in C++.

NEST's connections are objects in its own memory, and reading or writing them one by one takes seconds. So a connection
holds the number of its synapse alone, and the values lie in arrays that the library borrows from Python.

A connection acts when NEST sends the spike on, and learns then what spikes of its target have done before. These are
noted by further connections of the same model, from each target to a recorder: NEST serves those when the cell spikes.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unisono.adapters.codegen.printers.printer import LESSER_AND_GREATER, CppPrinter, Table
from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram

#: What NEST multiplies with to get its unit: one of the values that spikes do not change.
FACTOR = "factor"

#: Functions of the library: they are given the values, are told that a trial begins, carry out spikes of the target,
#: and say from which step on nothing counts.
BORROW, BEGIN, CATCH_UP, STOP_AFTER = "borrow", "begin", "catch_up", "stop_after"

#: What a synapse keeps besides its values: the number of its target cell, the steps that a spike takes back from there,
#: and how many spikes of the cell it has seen.
PLACE = (("cell", "u4"), ("dendritic", "i4"), ("seen", "u4"))

#: Around every name of the synapse model.
_AROUND = "syn_", "_"


@dataclass(frozen=True)
class NestSynapse:
    """A synapse model for NEST.

    Attributes
    ----------
    name : str
        NEST's name of it, by its content.
    source : str
        C++.
    program : SynapseProgram
    """

    name: str
    source: str
    program: SynapseProgram


def number_of(synapses: NDArray[np.integer[Any]], at_once: Any) -> NDArray[np.float64]:
    """What NEST takes for the weights of connections.

    Parameters
    ----------
    synapses : int array
        Their numbers; to a recorder, those of the cells.
    at_once : bool or bool array
        Whether what they send takes no time from the synapse to the cell.
    """
    return np.asarray(2.0 * synapses + at_once)


def nest_synapse(program: SynapseProgram) -> NestSynapse:
    """The connection of a synapse model."""
    printer = CppPrinter(_AROUND)
    given = given_values(program)
    places = {name: f"changing[ index * {len(program.changing)} + {k} ]" for k, name in enumerate(program.changing)}
    places |= {name: f"value( {k}, index )" for k, name in enumerate(given)}
    tables = {d.target: Table(f"tables[ {k} ]", f"sizes[ {k} ]") for k, d in enumerate(program.decays)}
    sent = printer.text(ast.parse(program.sent, mode="eval").body)

    def event(assignments: Iterable[Assignment]) -> Iterator[str]:
        yield f"double const {printer.name(NOW)} = static_cast< double >( now );"
        yield from printer.lines(assignments, program.values, "double", tables)

    source = _MODULE
    for mark, lines in (
        ("<FUNCTIONS>", [LESSER_AND_GREATER]),
        ("<TARGETS>", [_TARGETS] if program.at_target else []),
        ("<CATCH UP>", [_CATCH_UP] if program.at_target else []),
        ("<CATCH UP ALL>", [_CATCH_UP_ALL] if program.at_target else []),
        ("<VALUES>", _indented((f"double {printer.name(name)} = {places[name]};" for name in program.values), 2)),
        ("<STORE>", _indented((f"{places[name]} = {printer.name(name)};" for name in program.changing), 4)),
        ("<AT TARGET>", _indented(event(program.at_target), 4)),
        ("<AT SOURCE>", _indented(event(program.assignments), 4)),
        ("<SENT>", [f"( {sent} ) * {places[FACTOR]}"]),
        ("<GIVEN>", [str(len(given))]),
        ("<DECAYS>", [str(len(tables))]),
    ):
        source = source.replace(mark, "\n".join(lines))
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    name = f"unisono_{digest}_synapse"
    return NestSynapse(name, source.replace("<NAME>", name), program)


def given_values(program: SynapseProgram) -> tuple[str, ...]:
    """What spikes do not change, in the order in which the library borrows it."""
    return (*(name for name in program.values if name not in program.changing), FACTOR)


def _indented(lines: Iterable[str], by: int) -> Iterator[str]:
    return (" " * by + line for line in lines)


_TARGETS = """
  // Spikes of the target that reach the synapse up to a step.
  void catch_up( long const until )
  {
    Place& place = places[ index ];
    auto const& known = spikes[ place.cell ];
    for ( ; place.seen < known.size() && known[ place.seen ] + place.dendritic <= until; ++place.seen )
    {
      at_target( known[ place.seen ] + place.dendritic );
    }
  }

  void at_target( long const now )
  {
<AT TARGET>
  }
"""

_CATCH_UP_ALL = """\
void catch_up( int64_t const* synapses, size_t number, long until )
{
  for ( size_t i = 0; i < number; ++i )
  {
    Synapse synapse( synapses[ i ] );
    synapse.catch_up( until );
    synapse.store();
  }
}

"""

_CATCH_UP = """
    // what takes no time back comes after the spikes of the source
    synapse.catch_up( now - at_once_ );"""


_MODULE = """\
// The synapses of a network that have one model.

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "nest_extension_interface.h"
#include "connection.h"
#include "event.h"

namespace
{
struct Place
{
  uint32_t cell;
  int32_t dendritic;
  uint32_t seen;
};

// What spikes change lies together for each synapse.
double* changing;
double* values[ <GIVEN> ];
size_t strides[ <GIVEN> ];
double const* tables[ <DECAYS> + 1 ];
double sizes[ <DECAYS> + 1 ];
Place* places;
long last;
// Steps of the spikes of each target: the threads of NEST write and read those of their own cells.
std::vector< std::vector< int32_t > > spikes;

<FUNCTIONS>

inline double value( int const number, size_t const index )
{
  return values[ number ][ index * strides[ number ] ];
}

// A synapse while spikes act at it.
struct Synapse
{
  size_t const index;
<VALUES>

  explicit Synapse( size_t const given ) : index( given ) {}
<TARGETS>
  // A spike of the source reaches the synapse; returns what it sends.
  double at_source( long const now )
  {
<AT SOURCE>
    return <SENT>;
  }

  void store() const
  {
<STORE>
  }
};
}

extern "C"
{
void borrow( double* rows, double** given, size_t const* apart, double** decays, double const* steps, Place* kept )
{
  changing = rows;
  for ( int i = 0; i < <GIVEN>; ++i )
  {
    values[ i ] = given[ i ];
    strides[ i ] = apart[ i ];
  }
  for ( int i = 0; i < <DECAYS>; ++i )
  {
    tables[ i ] = decays[ i ];
    sizes[ i ] = steps[ i ];
  }
  places = kept;
}

void begin( size_t cells )
{
  last = std::numeric_limits< long >::max();
  spikes.assign( cells, {} );
}

<CATCH UP ALL>void stop_after( long step )
{
  last = step;
}
}

namespace nest
{
template < typename targetidentifierT >
class <NAME> : public Connection< targetidentifierT >
{
public:
  typedef CommonSynapseProperties CommonPropertiesType;
  typedef Connection< targetidentifierT > ConnectionBase;
  static constexpr ConnectionModelProperties properties = ConnectionModelProperties::HAS_DELAY
    | ConnectionModelProperties::IS_PRIMARY;

  <NAME>() : ConnectionBase(), index_( 0 ), at_once_( false ), from_device_( false ), notes_( false ) {}
  <NAME>( const <NAME>& ) = default;
  <NAME>& operator=( const <NAME>& ) = default;

  using ConnectionBase::get_delay_steps;
  using ConnectionBase::get_rport;
  using ConnectionBase::get_target;

  class ConnTestDummyNode : public ConnTestDummyNodeBase
  {
  public:
    using ConnTestDummyNodeBase::handles_test_event;
    size_t handles_test_event( SpikeEvent&, size_t ) override { return invalid_port; }
    size_t handles_test_event( DSSpikeEvent&, size_t ) override { return invalid_port; }
  };

  void check_connection( Node& s, Node& t, size_t receptor_type, const CommonPropertiesType& )
  {
    ConnTestDummyNode dummy;
    ConnectionBase::check_connection_( dummy, s, t, receptor_type );
    from_device_ = not s.has_proxies();
    notes_ = not t.has_proxies();
  }

  // NEST hands on a spike of a cell in the step after it, and one of a device in its own, before any cell is updated.
  // What takes no time from the synapse to the cell is sent in the step in which it arrives. Several spikes in a step
  // count one after another.
  bool send( Event& e, const size_t tid, const CommonSynapseProperties& )
  {
    auto const stamp = e.get_stamp().get_steps();
    if ( notes_ )
    {
      spikes[ index_ ].push_back( stamp );
      return false;
    }
    auto const now = stamp + ( at_once_ and not from_device_ );
    if ( now > last )
    {
      return false;
    }
    Synapse synapse( index_ );<CATCH UP>
    auto& spike = static_cast< SpikeEvent& >( e );
    const auto count = spike.get_multiplicity();
    e.set_receiver( *get_target( tid ) );
    e.set_rport( get_rport() );
    e.set_delay_steps( get_delay_steps() - ( at_once_ and from_device_ ) );
    spike.set_multiplicity( 1 );
    for ( auto i = count; i > 0; --i )
    {
      e.set_weight( synapse.at_source( now ) );
      e();
    }
    synapse.store();
    spike.set_multiplicity( count );
    return true;
  }

  void get_status( Dictionary& d ) const
  {
    ConnectionBase::get_status( d );
    d[ names::weight ] = static_cast< double >( index_ );
    d[ names::size_of ] = static_cast< long >( sizeof( *this ) );
  }

  void set_status( const Dictionary& d, ConnectorModel& cm )
  {
    ConnectionBase::set_status( d, cm );
    double given;
    if ( d.update_value( names::weight, given ) )
    {
      set_weight( given );
    }
  }

  // The weight that NEST is given tells the synapse: it is the one value with a fast way into a connection.
  void set_weight( double given )
  {
    auto const whole = static_cast< uint64_t >( given );
    index_ = static_cast< uint32_t >( whole / 2 );
    at_once_ = whole % 2;
  }

private:
  uint32_t index_;
  bool at_once_;
  bool from_device_;
  bool notes_;
};

template < typename targetidentifierT >
constexpr ConnectionModelProperties <NAME>< targetidentifierT >::properties;

// NEST would compile each model three times, for connections with labels and with narrow targets, too.
template <>
void ModelManager::register_connection_model< <NAME> >( const std::string& name )
{
  register_specific_connection_model_< <NAME>< TargetIdentifierPtrRport > >( name );
}
}

class <NAME>Module : public nest::NESTExtensionInterface
{
public:
  void initialize() override { nest::register_connection_model< nest::<NAME> >( "<NAME>" ); }
};

<NAME>Module <NAME>module_LTX_module;
"""
