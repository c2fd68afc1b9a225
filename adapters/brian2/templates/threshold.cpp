{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block processors %}FOR_PROCESSORS{% endblock %}
{% block maincode %}
    {% set _events = get_array_name(eventspace_variable) %}
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    const int _size = {{ constant_or_scalar('N', variables['N']) }};
    int _count = 0;
    // Spikes are rare: most blocks have none, which a loop without branches finds out.
    const int _block = 64;
    for (int _first = 0; _first < _size; _first += _block)
    {
        const int _end = _first + _block < _size ? _first + _block : _size;
        int64_t _any = 0;
        #pragma GCC ivdep
        for (int _idx = _first; _idx < _end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{ vector_code | autoindent }}
            _any |= _cond;
        }
        for (int _idx = _first; _any && _idx < _end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{ vector_code | autoindent }}
            if (_cond)
            {
                {{ _events }}[_count++] = _idx;
                {% if _uses_refractory %}
                {{ not_refractory }}[_idx] = false;
                {{ lastspike }}[_idx] = {{ t }};
                {% endif %}
            }
        }
    }
    {{ _events }}[_size] = _count;
{% endblock %}
