import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * The Java client, for what it reads of ours and what we read of its own. Arguments: bootstrap, then commands with commas:
 * read,TOPIC,COUNT prints each record; write,TOPIC,COMPRESSION,COUNT; transactions,TOPIC,ID commits, aborts and commits
 * two records each; offsets,GROUP prints what it committed. One line each: fields apart by tabs.
 */
public class Peer {
    static String bootstrap;

    public static void main(String[] args) throws Exception {
        bootstrap = args[0];
        for (int i = 1; i < args.length; i++) {
            String[] command = args[i].split(",");
            switch (command[0]) {
                case "read" -> read(command[1], Integer.parseInt(command[2]));
                case "write" -> write(command[1], command[2], Integer.parseInt(command[3]));
                case "transactions" -> transactions(command[1], command[2]);
                case "offsets" -> offsets(command[1]);
                default -> throw new IllegalArgumentException(command[0]);
            }
        }
    }

    static Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", bootstrap);
        return properties;
    }

    static void read(String topic, int count) {
        Properties properties = properties();
        properties.put("isolation.level", "read_committed");
        properties.put("auto.offset.reset", "earliest");
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long deadline = System.currentTimeMillis() + 15_000;
            while (records.size() < count && System.currentTimeMillis() < deadline)
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        for (var record : records) {
            StringBuilder headers = new StringBuilder();
            for (var header : record.headers())
                headers.append(header.key()).append('=').append(new String(header.value(), StandardCharsets.UTF_8));
            System.out.println(String.join("\t", "record", topic, "" + record.offset(), "" + record.timestamp(),
                "" + record.key(), "" + record.value(), headers));
        }
    }

    static void write(String topic, String compression, int count) {
        Properties properties = properties();
        properties.put("compression.type", compression);
        properties.put("linger.ms", "20");
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            for (int i = 0; i < count; i++) {
                var record = new ProducerRecord<>(topic, 0, 1000L + i, i % 2 == 0 ? null : "k" + i, "ü".repeat(50) + i);
                record.headers().add("h", ("" + i).getBytes(StandardCharsets.UTF_8));
                producer.send(record);
            }
        }
    }

    static void transactions(String topic, String id) {
        Properties properties = properties();
        properties.put("transactional.id", id);
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            for (String round : List.of("committed", "aborted", "last")) {
                producer.beginTransaction();
                for (int i = 0; i < 2; i++) producer.send(new ProducerRecord<>(topic, 0, null, round + i));
                producer.flush();
                if (round.equals("aborted")) producer.abortTransaction();
                else producer.commitTransaction();
            }
        }
    }

    static void offsets(String group) throws Exception {
        try (Admin admin = Admin.create(properties())) {
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().forEach((partition, offset) ->
                System.out.println(String.join("\t", "offset", group, partition.topic(), "" + partition.partition(),
                    "" + offset.offset(), offset.metadata())));
        }
    }
}
