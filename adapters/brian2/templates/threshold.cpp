{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {% set _events = get_array_name(eventspace_variable) %}
    const size_t _vectorisation_idx = -1;
    {{ scalar_code | autoindent }}
    const int _size = {{ constant_or_scalar('N', variables['N']) }};
    int _count = 0;
    for (int _idx = 0; _idx < _size; _idx++)
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
    {{ _events }}[_size] = _count;
{% endblock %}
