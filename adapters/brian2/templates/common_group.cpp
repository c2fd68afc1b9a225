{% macro run() %}
{{ hashdefine_lines | autoindent }}
{{ support_code_lines | autoindent }}
extern "C" {% block processors %}{% endblock %} void MAIN(void **arguments)
{
    // ARGUMENTS
    {{ pointers_lines | autoindent }}
    {% block maincode %}
    {% endblock %}
}
{% endmacro %}
