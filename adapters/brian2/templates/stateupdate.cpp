{# ITERATE_ALL { _idx } #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block processors %}FOR_PROCESSORS{% endblock %}
{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    const int _size = {{ constant_or_scalar('N', variables['N']) }};
    {% if chooses(vector_code) %}
    // Two passes, a few cells at a time: one without branches, and one for the cells that ask for more.
    const int _block = 64;
    double _asked[_block], _kept[{{ states(vector_code) | length }}][_block];
    for (int _first = 0; _first < _size; _first += _block)
    {
        const int _end = _first + _block < _size ? _first + _block : _size;
        int64_t _any = 0;
        #pragma GCC ivdep
        for (int _idx = _first; _idx < _end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{ usual(vector_code) | autoindent }}
        }
        if (!_any)
            continue;
        for (int _idx = _first; _idx < _end; _idx++)
        {
            if (!(_asked[_idx - _first] > 0))
                continue;
            const size_t _vectorisation_idx = _idx;
            {{ unusual(vector_code) | autoindent }}
        }
    }
    {% else %}
    // No cell reads what another one writes: without the pragma the compiler would give up where there are many arrays.
    #pragma GCC ivdep
    for (int _idx = 0; _idx < _size; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{ vector_code | autoindent }}
    }
    {% endif %}
{% endblock %}
