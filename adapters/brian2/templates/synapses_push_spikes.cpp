{# Spikes are pushed by Python. #}
{% extends 'common_group.cpp' %}
{% block maincode %}
{% endblock %}
