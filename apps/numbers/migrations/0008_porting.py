
import uuid
from datetime import timedelta

import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import apps.connections.fields


def every_quarter_hour(apps, schema_editor):
    """Look every quarter of an hour at the port orders under way; a job starts only when there is one."""
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        key="numbers.port.poll",
        defaults={
            "kind": "numbers.port.poll",
            "title": "Look at port orders",
            "every": timedelta(minutes=15),
            "next_run_at": django.utils.timezone.now(),
        },
    )


def never(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.filter(key="numbers.port.poll").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_tenants'),
        ('changes', '0002_intent'),
        ('connections', '0002_tenants'),
        ('jobs', '0004_tenant'),
        ('numbers', '0007_emergency'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PortOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('position', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(max_length=16)),
                ('country', models.CharField(default='US', max_length=2)),
                ('line', models.CharField(choices=[('wireline', 'Landline or internet telephony'), ('wireless', 'Mobile')], default='wireline', max_length=10)),
                ('losing_carrier', models.CharField(blank=True, max_length=60)),
                ('account_number', models.CharField(blank=True, max_length=40)),
                ('secrets', apps.connections.fields.SealedJSONField(blank=True, default=dict, editable=False)),
                ('billing_number', models.CharField(blank=True, max_length=16)),
                ('partial', models.BooleanField(default=False)),
                ('staying', models.CharField(blank=True, max_length=200)),
                ('new_billing_number', models.CharField(blank=True, max_length=16)),
                ('subscriber', models.CharField(choices=[('business', 'Business'), ('residential', 'Residential')], default='business', max_length=12)),
                ('business_name', models.CharField(blank=True, max_length=25)),
                ('first_name', models.CharField(blank=True, max_length=25)),
                ('middle_name', models.CharField(blank=True, max_length=1)),
                ('last_name', models.CharField(blank=True, max_length=25)),
                ('authorised_person', models.CharField(blank=True, max_length=60)),
                ('house_number', models.CharField(blank=True, max_length=12)),
                ('street', models.CharField(blank=True, max_length=60)),
                ('unit', models.CharField(blank=True, max_length=30)),
                ('city', models.CharField(blank=True, max_length=40)),
                ('area', models.CharField(blank=True, max_length=2)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('wanted_on', models.DateField(blank=True, null=True)),
                ('described_at', models.DateTimeField(blank=True, null=True)),
                ('handed_in_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('ordering', 'Being ordered'), ('unknown', 'Not certain'), ('submitted', 'Submitted'), ('scheduled', 'Date confirmed'), ('rejected', 'Needs correction'), ('corrected', 'Corrected'), ('cancelled', 'Cancelled'), ('done', 'Complete')], default='draft', max_length=12)),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now)),
                ('message', models.TextField(blank=True)),
                ('order_id', models.CharField(blank=True, max_length=40)),
                ('placed_at', models.DateTimeField(blank=True, null=True)),
                ('status_code', models.CharField(blank=True, max_length=40)),
                ('known_code', models.CharField(blank=True, max_length=40)),
                ('amount', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('foc_at', models.DateTimeField(blank=True, null=True)),
                ('record', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('polled_at', models.DateTimeField(blank=True, null=True)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('intent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='changes.intent')),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='jobs.job')),
                ('predecessor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='successors', to='numbers.portorder')),
            ],
            options={
                'ordering': ['request', 'position'],
            },
        ),
        migrations.CreateModel(
            name='PortPaper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('loa', 'Signed LOA'), ('bill', 'Bill or CSR')], max_length=8)),
                ('name', models.CharField(max_length=120)),
                ('ending', models.CharField(max_length=5)),
                ('content', models.BinaryField()),
                ('size', models.PositiveIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='papers', to='numbers.portorder')),
            ],
            options={
                'ordering': ['kind', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PortRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('reference', models.CharField(max_length=40)),
                ('told', models.CharField(blank=True, max_length=500)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('connection', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='port_requests', to='connections.connection')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='port_requests', to='accounts.tenant')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='portorder',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='orders', to='numbers.portrequest'),
        ),
        migrations.CreateModel(
            name='PortNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=16)),
                ('kind', models.CharField(max_length=16)),
                ('country', models.CharField(max_length=2)),
                ('group', models.CharField(blank=True, max_length=60)),
                ('portable', models.BooleanField(null=True)),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('ordering', 'Being ordered'), ('unknown', 'Not certain'), ('submitted', 'Submitted'), ('scheduled', 'Date confirmed'), ('rejected', 'Needs correction'), ('corrected', 'Corrected'), ('cancelled', 'Cancelled'), ('done', 'Complete')], default='draft', max_length=12)),
                ('reason', models.CharField(blank=True, max_length=40)),
                ('reason_note', models.CharField(blank=True, max_length=500)),
                ('changed_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='numbers', to='numbers.portorder')),
                ('request', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='numbers', to='numbers.portrequest')),
            ],
            options={
                'ordering': ['number', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PortTick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(max_length=40)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ticks', to='numbers.portorder')),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='PortEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('kind', models.CharField(max_length=20)),
                ('text', models.CharField(max_length=500)),
                ('status_code', models.CharField(blank=True, max_length=40)),
                ('public', models.BooleanField(default=True)),
                ('facts', models.JSONField(blank=True, default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('mail', models.CharField(blank=True, choices=[('', 'None'), ('due', 'To be sent'), ('sent', 'Sent')], default='', max_length=8)),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='numbers.portorder')),
            ],
            options={
                'ordering': ['-at', '-pk'],
                'indexes': [models.Index(fields=['order', '-at'], name='numbers_port_timeline'), models.Index(condition=models.Q(('mail', 'due')), fields=['at'], name='numbers_port_mail')],
            },
        ),
        migrations.AddIndex(
            model_name='portrequest',
            index=models.Index(fields=['tenant', '-created_at'], name='numbers_ports_of_tenant'),
        ),
        migrations.AddIndex(
            model_name='portorder',
            index=models.Index(fields=['-created_at', '-id'], name='numbers_port_newest'),
        ),
        migrations.AddIndex(
            model_name='portorder',
            index=models.Index(fields=['state', '-created_at', '-id'], name='numbers_port_state'),
        ),
        migrations.AddIndex(
            model_name='portorder',
            index=models.Index(condition=models.Q(('order_id', ''), _negated=True), fields=['order_id'], name='numbers_port_order'),
        ),
        migrations.AddConstraint(
            model_name='portorder',
            constraint=models.UniqueConstraint(fields=('request', 'position'), name='numbers_port_position'),
        ),
        migrations.AddIndex(
            model_name='portnumber',
            index=models.Index(fields=['number', 'state'], name='numbers_port_number'),
        ),
        migrations.AddIndex(
            model_name='portnumber',
            index=models.Index(fields=['request', 'number'], name='numbers_port_in_request'),
        ),
        migrations.AddConstraint(
            model_name='portnumber',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'corrected'), _negated=True), fields=('request', 'number'), name='numbers_port_once_in_request'),
        ),
        migrations.AddConstraint(
            model_name='porttick',
            constraint=models.UniqueConstraint(fields=('order', 'step'), name='numbers_port_ticked_once'),
        ),
        migrations.RunPython(every_quarter_hour, never),
    ]
