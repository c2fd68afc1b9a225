"""A synapse model as a connection of NEST, in C++.

NEST's connections are objects in its own memory, and reading or writing them one by one takes seconds. So a connection
holds the number of its synapse alone, and the values lie in flat arrays that the library borrows from Python.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass

from unisono.adapters.codegen.printers.printer import CPrinter
from unisono.adapters.codegen.synapse_flow import NOW
from unisono.adapters.codegen.synapse_step import SynapseProgram

#: What NEST multiplies with to get its unit: the last of the arrays, after those of the program.
FACTOR = "factor"

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
        The arrays that :data:`BORROW` is given are those of its values, then that of :data:`FACTOR`.
    """

    name: str
    source: str
    program: SynapseProgram


#: The function of the library that is given the addresses of the arrays.
BORROW = "borrow"


def nest_synapse(program: SynapseProgram) -> NestSynapse:
    """The connection of a synapse model."""
    printer = CPrinter(_AROUND)
    lines = [f"double const {printer.name(NOW)} = static_cast< double >( stamp );"]
    for number, name in enumerate(program.values):
        place = "0" if name in program.common else "index_"
        constant = "" if name in program.changing else "const "
        lines.append(f"double {constant}& {printer.name(name)} = arrays[ {number} ][ {place} ];")
    lines += printer.lines(program.assignments, program.values, "double")
    sent = printer.text(ast.parse(program.sent, mode="eval").body)
    lines.append(f"return ( {sent} ) * arrays[ {len(program.values)} ][ index_ ];")
    source = _MODULE.replace("<EACH>", "\n".join(f"    {line}" for line in lines))
    source = source.replace("<NUMBER>", str(len(program.values) + 1)).replace("<BORROW>", BORROW)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    name = f"unisono_{digest}_synapse"
    return NestSynapse(name, source.replace("<NAME>", name), program)


_MODULE = """\
// The synapses of a network that have one model.

#include <cmath>
#include <cstdint>
#include <string>

#include "nest_extension_interface.h"
#include "connection.h"
#include "event.h"

namespace
{
double* arrays[ <NUMBER> ];
}

extern "C" void <BORROW>( double** given )
{
  for ( int i = 0; i < <NUMBER>; ++i )
  {
    arrays[ i ] = given[ i ];
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
    | ConnectionModelProperties::IS_PRIMARY | ConnectionModelProperties::SUPPORTS_HPC;

  <NAME>() : ConnectionBase(), index_( 0 ) {}
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
  }

  // Several spikes in a step count one after another.
  bool send( Event& e, const size_t tid, const CommonSynapseProperties& )
  {
    auto& spike = static_cast< SpikeEvent& >( e );
    const auto count = spike.get_multiplicity();
    e.set_receiver( *get_target( tid ) );
    e.set_rport( get_rport() );
    e.set_delay_steps( get_delay_steps() );
    spike.set_multiplicity( 1 );
    for ( auto i = count; i > 0; --i )
    {
      e.set_weight( sent( e.get_stamp().get_steps() ) );
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

  // The weight that NEST is given is the number of the synapse: the one value with a fast way into a connection.
  void set_weight( double given ) { index_ = static_cast< uint32_t >( given ); }

private:
  double sent( const long stamp )
  {
<EACH>
  }

  uint32_t index_;
};

template < typename targetidentifierT >
constexpr ConnectionModelProperties <NAME>< targetidentifierT >::properties;
}

class <NAME>Module : public nest::NESTExtensionInterface
{
public:
  void initialize() override { nest::register_connection_model< nest::<NAME> >( "<NAME>" ); }
};

<NAME>Module <NAME>module_LTX_module;
"""
