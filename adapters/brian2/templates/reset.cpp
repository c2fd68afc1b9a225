{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _events = get_array_name(eventspace_variable) %}
    const int _count = {{ _events }}[{{ constant_or_scalar('N', variables['N']) }}];
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    for (int _event = 0; _event < _count; _event++)
    {
        const size_t _idx = {{ _events }}[_event];
        const size_t _vectorisation_idx = _idx;
        {{ vector_code | autoindent }}
    }
{% endblock %}
