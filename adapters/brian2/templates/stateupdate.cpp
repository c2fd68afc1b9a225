{# ITERATE_ALL { _idx } #}
{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}
{% block processors %}FOR_PROCESSORS{% endblock %}
{% block maincode %}
    {% set _code = widened(vector_code) %}
    {% set _flags = flags(vector_code) %}
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    const int _size = {{ constant_or_scalar('N', variables['N']) }};
    // A few cells at a time: what is kept meanwhile stays in the processor's cache.
    const int _block = 64;
    {% if _flags %}
    int32_t _flags[{{ _flags | length }}][_block];
    {% endif %}
    {% if chooses(_code) %}
    double _asked[_block], _kept[{{ states(_code) | length }}][_block];
    {% endif %}
    for (int _first = 0; _first < _size; _first += _block)
    {
        const int _end = _first + _block < _size ? _first + _block : _size;
        {% for _flag in _flags %}
        widen({{ _flag }} + _first, _flags[{{ loop.index0 }}], _end - _first);
        {% endfor %}
        {% if chooses(_code) %}
        int64_t _any = 0;
        {% endif %}
        // No cell reads what another one writes: without the pragma the compiler gives up where there are many arrays.
        #pragma GCC ivdep
        for (int _idx = _first; _idx < _end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{ (usual(_code) if chooses(_code) else _code) | autoindent }}
        }
        {% if chooses(_code) %}
        // The first pass had no branches; here come the cells that ask for more.
        for (int _idx = _first; _any && _idx < _end; _idx++)
        {
            if (!(_asked[_idx - _first] > 0))
                continue;
            const size_t _vectorisation_idx = _idx;
            {{ unusual(_code) | autoindent }}
        }
        {% endif %}
        {% for _flag in _flags %}
        narrow(_flags[{{ loop.index0 }}], {{ _flag }} + _first, _end - _first);
        {% endfor %}
    }
{% endblock %}
