/* Mailbox and pool: what crosses threads arrives once and in order. */
#include "base/mailbox.h"
#include "base/pool.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

#define SENDERS 4
#define EACH 2000

struct letter {
	struct mail mail;
	int sender;
	int number;
};

static int last[SENDERS];
static int arrived;
static struct letter letters[SENDERS][EACH];
static struct mailbox *shared;

static void
take_letter(struct mail *mail)
{
	struct letter *l = container_of(mail, struct letter, mail);

	assert_int_equal(l->number, last[l->sender] + 1);
	last[l->sender] = l->number;
	arrived++;
}

static void *
send_letters(void *arg)
{
	int sender = *(int *)arg;

	for (int i = 0; i < EACH; i++) {
		struct letter *l = &letters[sender][i];

		*l = (struct letter){
			.mail.fn = take_letter, .sender = sender, .number = i + 1
		};
		mailbox_post(shared, &l->mail);
	}
	return NULL;
}

static bool
readable(const struct mailbox *box)
{
	struct pollfd p = { .fd = mailbox_fd(box), .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void
test_senders(void **state)
{
	int name[SENDERS];
	pthread_t thread[SENDERS];

	(void)state;
	shared = mailbox_new();
	assert_non_null(shared);
	for (int i = 0; i < SENDERS; i++) {
		name[i] = i;
		assert_int_equal(
		    pthread_create(&thread[i], NULL, send_letters, &name[i]), 0);
	}
	while (arrived < SENDERS * EACH)
		assert_true(mailbox_wait(shared, 10000) > 0);
	for (int i = 0; i < SENDERS; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(arrived, SENDERS * EACH);
	mailbox_free(shared);
}

static void
test_readable_while_mail_waits(void **state)
{
	struct mailbox *box = mailbox_new();
	struct letter a = { .mail.fn = take_letter, .number = 1 };
	struct letter b = { .mail.fn = take_letter, .number = 2 };

	(void)state;
	last[0] = 0;
	assert_false(readable(box));
	assert_int_equal(mailbox_drain(box), 0);
	mailbox_post(box, &a.mail);
	mailbox_post(box, &b.mail);
	assert_true(readable(box));
	assert_int_equal(mailbox_drain(box), 2);
	assert_false(readable(box));
	mailbox_free(box);
}

static void
test_wait_times_out(void **state)
{
	struct mailbox *box = mailbox_new();
	int64_t before = clock_monotonic();

	(void)state;
	assert_int_equal(mailbox_wait(box, 30), 0);
	assert_true(clock_monotonic() - before >= 29 * 1000);
	mailbox_free(box);
}

struct sum {
	struct pool_job job;
	int in, out;
};

static _Atomic int ran;
static int posted;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void
run_sum(struct pool_job *job)
{
	struct sum *s = container_of(job, struct sum, job);

	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	s->out = s->in * 2;
	ran++;
}

static void
take_sum(struct mail *mail)
{
	struct sum *s = container_of(mail, struct sum, job.mail);

	assert_int_equal(s->out, s->in * 2);
	posted++;
}

static void
test_pool(void **state)
{
	struct mailbox *box = mailbox_new();
	struct pool *pool = pool_new(2, 3);
	struct sum s[8];
	int accepted = 0;

	(void)state;
	assert_non_null(pool);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 8; i++) {
		s[i] = (struct sum){
			.job = { .mail.fn = take_sum, .back = box, .run = run_sum },
			.in = i + 1
		};
		if (pool_submit(pool, &s[i].job) == E_OK)
			accepted++;
		else
			assert_int_equal(pool_submit(pool, &s[i].job), E_UNAVAILABLE);
		usleep(2000);
	}
	assert_int_equal(accepted, 5);
	pthread_mutex_unlock(&gate);
	pool_free(pool);
	assert_int_equal(ran, accepted);
	assert_int_equal(mailbox_drain(box), accepted);
	assert_int_equal(posted, accepted);
	mailbox_free(box);
}

static void
test_pool_refuses_no_threads(void **state)
{
	(void)state;
	assert_null(pool_new(0, 1));
	pool_free(NULL);
	mailbox_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_readable_while_mail_waits),
		cmocka_unit_test(test_wait_times_out),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_pool_refuses_no_threads),
	};

	return cmocka_run_group_tests_name("thread", tests, NULL, NULL);
}
