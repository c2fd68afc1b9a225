{# USES_VARIABLES { _queue } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    for (int64_t _arrival = 0; _arrival < ARRIVALS; _arrival++)
    {
        const size_t _idx = ARRIVED[_arrival];
        const size_t _vectorisation_idx = _idx;
        {{ vector_code | autoindent }}
    }
{% endblock %}
