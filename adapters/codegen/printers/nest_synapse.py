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

from unisono.adapters.codegen.printers.printer import CPrinter
from unisono.adapters.codegen.program import Assignment
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram

#: What NEST multiplies with to get its unit: the last of the values, after those of the program.
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
        The library borrows its values, then :data:`FACTOR`.
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
    printer = CPrinter(_AROUND)
    numbers = {name: number for number, name in enumerate((*program.values, FACTOR))}
    sent = printer.text(ast.parse(program.sent, mode="eval").body)

    def event(assignments: Iterable[Assignment]) -> Iterator[str]:
        changed = {assignment.target for assignment in assignments}
        yield f"double const {printer.name(NOW)} = static_cast< double >( now );"
        for name in program.values:
            yield f"double {printer.name(name)} = value( {numbers[name]}, index );"
        yield from printer.lines(assignments, program.values, "double")
        for name in program.values:
            if name in changed:
                yield f"value( {numbers[name]}, index ) = {printer.name(name)};"

    at_source = [*event(program.assignments), f"return ( {sent} ) * value( {numbers[FACTOR]}, index );"]
    source = _MODULE
    for mark, text in (
        ("<TARGETS>", _TARGETS if program.at_target else ""),
        ("<CATCH UP>", _CATCH_UP if program.at_target else ""),
        ("<CATCH UP ALL>", _CATCH_UP_ALL if program.at_target else ""),
        ("<AT TARGET>", _indented(event(program.at_target))),
        ("<AT SOURCE>", _indented(at_source)),
        ("<NUMBER>", str(len(numbers))),
    ):
        source = source.replace(mark, text)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    name = f"unisono_{digest}_synapse"
    return NestSynapse(name, source.replace("<NAME>", name), program)


def _indented(lines: Iterable[str]) -> str:
    return "\n".join(f"  {line}" for line in lines)


_TARGETS = """
// A spike of the target reaches a synapse.
void at_target( size_t const index, long const now )
{
<AT TARGET>
}

// Spikes of the target that reach a synapse up to a step.
void catch_up_one( size_t const index, long const until )
{
  Place& place = places[ index ];
  const auto& known = spikes[ place.cell ];
  for ( ; place.seen < known.size() && known[ place.seen ] + place.dendritic <= until; ++place.seen )
  {
    at_target( index, known[ place.seen ] + place.dendritic );
  }
}
"""

_CATCH_UP_ALL = """\
void catch_up( int64_t const* synapses, size_t number, long until )
{
  for ( size_t i = 0; i < number; ++i )
  {
    catch_up_one( synapses[ i ], until );
  }
}

"""

_CATCH_UP = """
    // what takes no time back comes after the spikes of the source
    catch_up_one( index_, now - at_once_ );"""


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

double* values[ <NUMBER> ];
size_t strides[ <NUMBER> ];
Place* places;
long last;
// Steps of the spikes of each target: the threads of NEST write and read those of their own cells.
std::vector< std::vector< long > > spikes;

inline double& value( int const number, size_t const index )
{
  return values[ number ][ index * strides[ number ] ];
}
<TARGETS>
// A spike of the source reaches a synapse; returns what it sends.
double at_source( size_t const index, long const now )
{
<AT SOURCE>
}
}

extern "C"
{
void borrow( double** given, size_t const* apart, Place* kept )
{
  for ( int i = 0; i < <NUMBER>; ++i )
  {
    values[ i ] = given[ i ];
    strides[ i ] = apart[ i ];
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
<CATCH UP>
    auto& spike = static_cast< SpikeEvent& >( e );
    const auto count = spike.get_multiplicity();
    e.set_receiver( *get_target( tid ) );
    e.set_rport( get_rport() );
    e.set_delay_steps( get_delay_steps() - ( at_once_ and from_device_ ) );
    spike.set_multiplicity( 1 );
    for ( auto i = count; i > 0; --i )
    {
      e.set_weight( at_source( index_, now ) );
      e();
    }
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
