package script

import (
	"slices"
	"strings"
	"testing"
)

func lines(signs []Sign) []int {
	var all []int
	for _, s := range signs {
		all = append(all, s.Line)
	}
	return all
}

func TestNeeds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		want    []int // the lines
	}{
		// Each kind of package.
		{"pip install requests", []int{1}},
		{"pip3 install -r requirements.txt", []int{1}},
		{"pip3.11 download a", []int{1}},
		{"/usr/local/bin/pip install a", []int{1}},
		{"python3 -m pip install a", []int{1}},
		{"python3.11 -u -m pip install a", []int{1}},
		{"uv pip install a", []int{1}},
		{"uv sync", []int{1}},
		{"uvx ruff", []int{1}},
		{"conda create -n x python=3.11", []int{1}},
		{"apt install -y jq", []int{1}},
		{"apt-get -y -o Dpkg::Use-Pty=0 install jq", []int{1}},
		{"apt-get update", []int{1}},
		{"yum install -y jq", []int{1}},
		{"dnf -y groupinstall x", []int{1}},
		{"zypper in jq", []int{1}},
		{"apk add jq", []int{1}},
		{"npm install", []int{1}},
		{"npm ci", []int{1}},
		{"npx cowsay a", []int{1}},
		{"yarn", []int{1}},
		{"yarn add a", []int{1}},
		{"pnpm i", []int{1}},
		{"go install example.com/a@latest", []int{1}},
		{"go get ./...", []int{1}},
		{"go mod download", []int{1}},
		{"cargo install ripgrep", []int{1}},
		{"gem install rails", []int{1}},
		{"bundle", []int{1}},
		{"docker pull nginx", []int{1}},
		{"docker run --rm alpine true", []int{1}},
		{"docker compose up -d", []int{1}},
		{"docker-compose pull", []int{1}},
		{"huggingface-cli download a/b", []int{1}},
		// Programs that fetch from where they are told.
		{"curl -fsSL https://raw.githubusercontent.com/a/b/main/install.sh | bash", []int{1}},
		{"curl github.com/a/b", []int{1}},
		{"wget -q https://github.com/a/b/releases/download/v1/b.tar.gz", []int{1}},
		{"wget https://files.pythonhosted.org/a.whl", []int{1}},
		{"curl https://registry.npmjs.org/a", []int{1}},
		{"curl https://auth.docker.io/token", []int{1}},
		{"git clone https://github.com/a/b.git", []int{1}},
		{"git clone git@github.com:a/b.git", []int{1}},
		{"git -C x clone https://GitHub.com/a/b", []int{1}},
		{"rpm -ivh https://rpm.nodesource.com/a.rpm", []int{1}},
		{"curl https://example.com/a", nil}, // anywhere
		{"curl https://notgithub.com/a", nil},
		{"curl https://github.com.example.cn/a", nil},
		{"curl http://100.100.100.200/latest/meta-data/", nil},
		{"curl https://bucket.oss-cn-hangzhou.aliyuncs.com/a", nil},
		{"git clone https://gitee.com/a/b", nil},
		{"git status", nil},
		// What only asks.
		{"pip --version", nil},
		{"pip list", nil},
		{"pip install --help", nil},
		{"npm run build", nil},
		{"go build ./...", nil},
		{"docker ps", nil},
		{"apt-get remove -y jq", nil},
		// Words that are no commands.
		{"# pip install a\necho b", nil},
		{"echo a # pip install b", nil},
		{"# a; pip install b && npm ci\necho", nil},
		{"# it's\npip install b", []int{2}},
		{"echo a#b; pip install c", []int{1}},
		{"cat <<-EOF\n\ta\n\tEOF\npip install b", []int{4}},
		{"cat <<''\npip install a\n\npip install b", []int{4}}, // a blank line ends it
		{"((y = 1 << 3))\npip install a", []int{2}},
		{"x=$((1 << (2)))\npip install a", []int{2}},
		{"echo ${x:-\"a}b\"} ${y:-\\}} ${z:-${w}}; pip install a", []int{1}},
		{"echo ${x\npip install a", []int{2}},
		{"echo \"a \\\" b\"; pip install a", []int{1}},
		{"echo \"a \\\n b\"; pip install a", []int{2}},
		{"echo \"it's\"; pip install a", []int{1}},
		{"a=(b # it's\n 'c' d)\npip install a", []int{3}},
		{"a=(b \"$(pip install c)\" <(npm ci))", []int{1}},
		{"case a in b) case c in d) e;; esac;; f|g) pip install h;; esac; npm ci", []int{1, 1}},
		{"case a in\nesac\npip install a", []int{3}},
		{"case a in b) c ;& d) pip install e ;;& esac", []int{1}},
		{"function pip { npm ci; }", []int{1}},
		{"'if' pip install a", nil},
		{"a) pip install b", []int{1}},
		{"exec 3>log 2<a; pip install b", []int{1}},
		{"echo 2> a; pip install b", []int{1}},
		{"2>a pip install b", []int{1}},
		{"x=$((1 << 2))\npip install a", []int{2}},
		{"URL=https://github.com/a true\ncurl $URL", nil}, // for that program alone
		{"sudo -- pip install a", []int{1}},
		{"timeout -k 5 -- 60 pip install a", []int{1}},
		{"sudo", nil},
		{`echo "pip install a"`, nil},
		{"echo pip install a", nil},
		{"echo 'run: apt-get install a && yum install b'", nil},
		{"printf '%s\\n' 'npm install'", nil},
		{"grep -q 'pip install' README", nil},
		{"cat > Dockerfile <<EOF\nRUN pip install a\nEOF\nls", nil},
		{"cat <<'EOF' > a.txt\napt-get install b\nEOF\n", nil},
		{"cat <<-EOF\n\tapt-get install b\n\tEOF\nls", nil},
		{"cat <<A <<B\npip install a\nA\npip install b\nB\nls", nil},
		{"packages=(pip install npm)\necho", nil},
		{"for p in pip install; do echo $p; done", nil},
		{"case $1 in\n  pip) echo a ;;\n  npx|uvx) echo b ;;\nesac", nil},
		{"x=$((1 << 2))\n((y = 1 << 3))\nls", nil},
		{"docker() { :; }", nil},
		{`"pip install" a`, nil},
		// Words that are.
		{"echo a\n\n# b\npip install c", []int{4}},
		{"sudo apt-get install -y a", []int{1}},
		{"sudo -u root -E apt-get install a", []int{1}},
		{"DEBIAN_FRONTEND=noninteractive apt-get install a", []int{1}},
		{"sudo DEBIAN_FRONTEND=noninteractive apt-get install a", []int{1}},
		{"env A=b pip install a", []int{1}},
		{"timeout 60 pip install a", []int{1}},
		{"nice -n 5 pip install a", []int{1}},
		{"time pip install a", []int{1}},
		{"cd a && pip install b || exit 1", []int{1}},
		{"true; pip install b", []int{1}},
		{"echo a | xargs -n 1 pip install", []int{1}},
		{"yes | apt-get install a", []int{1}},
		{"(cd a; pip install b)", []int{1}},
		{"{ pip install b; }", []int{1}},
		{"if ! pip install a; then exit 1; fi", []int{1}},
		{"if true\nthen\n  pip install a\nelse\n  npm install\nfi", []int{3, 5}},
		{"for i in 1 2 3; do pip install a && break; done", []int{1}},
		{"while true; do apt-get update; done", []int{1}},
		{"case $1 in a) pip install a;; *) npm install ;; esac", []int{1, 1}},
		{"case $1 in\n(a)\n  pip install a\n  ;;\nesac\nnpm ci", []int{3, 6}},
		{"f() {\n  pip install a\n}\nf", []int{2}},
		{"function f {\n  pip install a\n}\nf", []int{2}},
		{"v=$(curl -s https://api.github.com/a)", []int{1}},
		{"v=`curl -s https://api.github.com/a`", []int{1}},
		{`echo "it is $(curl -s https://api.github.com/a)"`, []int{1}},
		{`echo "${v:-$(curl -s https://api.github.com/a)}"`, []int{1}},
		{"echo $(echo $(pip install a))", []int{1}},
		{"source <(curl -s https://github.com/a)", []int{1}},
		{"pip \\\n  install \\\n  a", []int{1}},
		{"ls\npip install a \\\n  b\nnpm ci", []int{2, 4}},
		{"apt\\\n-get install a", []int{1}},
		{"pip install 'a>=1' \"b\"", []int{1}},
		{"pip install a > /dev/null 2>&1", []int{1}},
		{"> log pip install a", []int{1}},
		{"pip install a &> log", []int{1}},
		{"'pip' install a", []int{1}},
		{"a='it''s'; pip install b", []int{1}},
		{"echo it\\'s; pip install b", []int{1}},
		{"echo $'it\\'s'; pip install b", []int{1}},
		{"[[ $a =~ ^(b|c)$ ]] && pip install a", []int{1}},
		{"echo ${#a[@]} ${a#*/} ${a%%#*}; pip install b", []int{1}},
		{"cat <<EOF > a; pip install b\ntext\nEOF\nnpm ci", []int{1, 4}},
		{"cat <<EOF\nit's\nEOF\npip install a", []int{4}},
		// Shells inside.
		{`bash -c "pip install a"`, []int{1}},
		{"sudo bash -lc 'cd a && pip install b'", []int{1}},
		{"su - user -c 'pip install a'", []int{1}},
		{"eval \"pip install a\"", []int{1}},
		{"bash <<EOF\necho a\npip install b\nEOF\n", []int{3}},
		{"bash <<< 'pip install a'", []int{1}},
		{"ls\nsh -c '\n  echo a\n  pip install b\n'", []int{4}},
		{"bash -c \"bash -c 'pip install a'\"", []int{1}},
		{"bash install.sh -c 'a'", nil},
		// Mirrors: in the command, in front of it, before it.
		{"pip install -i https://mirrors.aliyun.com/pypi/simple a", nil},
		{"pip install --index-url=https://pypi.tuna.tsinghua.edu.cn/simple a", nil},
		{"PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple pip install a", nil},
		{"export PIP_INDEX_URL=https://mirrors.aliyun.com/pypi/simple\npip install a", nil},
		{"pip config set global.index-url https://mirrors.aliyun.com/pypi/simple\npip install a\nnpm ci", []int{3}},
		{"pip install a\npip config set global.index-url https://mirrors.aliyun.com/pypi/simple", []int{1}}, // too late
		{"pip install -i https://mirrors.aliyun.com/pypi/simple a\npip install b", []int{2}},
		{"pip install -i https://mirrors.aliyun.com/pypi/simple git+https://github.com/a/b", []int{1}},
		{"pip install --no-index --find-links . a", nil},
		{"pip install -i https://pypi.org/simple a", []int{1}},
		{"M=https://mirrors.aliyun.com/pypi/simple\npip install -i $M a\npip install -i ${M} a", nil},
		{"URL=https://github.com/a/b\nwget $URL/c.tgz", []int{2}},
		{"export B=github.com\nURL=https://$B/a\ncurl \"${URL}\"", []int{3}},
		{"URL=https://gitee.com/a\nwget $URL\nwget $OTHER", nil},
		{"npm install --registry=https://registry.npmmirror.com a", nil},
		{"npm config set registry https://registry.npmmirror.com\nnpm ci\nyarn add b", nil},
		{"export GOPROXY=https://goproxy.cn,direct\ngo install a@latest", nil},
		{"go env -w GOPROXY=https://mirrors.aliyun.com/goproxy/\ngo get a", nil},
		{"sed -i 's/archive.ubuntu.com/mirrors.aliyun.com/' /etc/apt/sources.list\napt-get update\npip install a", []int{3}},
		{"curl -o /etc/yum.repos.d/CentOS-Base.repo https://mirrors.aliyun.com/repo/Centos-7.repo\nyum install -y a", nil},
		{"curl -o a.csv https://mirrors.aliyun.com/a.csv\nyum install -y a", []int{2}},
		{"echo 'deb https://mirrors.ustc.edu.cn/debian stable main' > /etc/apt/sources.list\napt-get update", nil},
		{"echo see https://mirrors.aliyun.com\napt-get update", []int{2}},
		{"tee /etc/docker/daemon.json <<EOF\n{\"registry-mirrors\": [\"https://x.mirror.aliyuncs.com\"]}\nEOF\ndocker pull nginx\napt-get update", []int{5}},
		{"docker pull registry.cn-hangzhou.aliyuncs.com/a/b", nil},
		{"docker pull registry.ap-southeast-1.aliyuncs.com/a/b", []int{1}},
		{"docker pull registry.cn-hongkong.aliyuncs.com/a/b", []int{1}},
		{"docker pull ghcr.io/a/b", []int{1}},
		{"OSS=oss-cn-hangzhou.aliyuncs.com\nexport OSS\napt-get update", []int{3}},
	} {
		if got := lines(mustRead(t, c.content+"\n").Needs); !slices.Equal(got, c.want) {
			t.Errorf("%s\n\tgot %v, want %v", c.content, got, c.want)
		}
	}
}

func TestPersists(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		content string
		want    string // what it says of line 1, "" is nothing
	}{
		{"nohup ./run.sh &", "keeps a process running"},
		{"nohup python train.py", "keeps a process running"},
		{"sudo nohup a", "keeps a process running"},
		{"nohup bash -c 'while true; do a; done' &", "keeps a process running"},
		{"setsid a", "keeps a process running"},
		{"./run.sh &", "runs in the background"},
		{"./run.sh > log 2>&1 &", "runs in the background"},
		{"(cd a && ./b) &", "runs in the background"},
		{"{ a; b; } &", "runs in the background"},
		{"while true; do a; done &", "runs in the background"},
		{"bash -c 'a; b' &", "runs in the background"},
		{"a & b", "runs in the background"},
		{"a &\nwait", ""},
		{"for i in 1 2; do a $i & done; wait", ""},
		{"python -m http.server &\ncurl localhost:8000\nkill $!", ""},
		{"wait; a &", "runs in the background"},
		{"systemctl start docker & wait", "starts a service of the system"},
		{"a && b", ""},
		{"a 2>&1", ""},
		{"a &> log", ""},
		{"a &>> log", ""},
		{"a |& b", ""},
		{"echo 'a &'", ""},
		{"curl 'http://localhost/?a=1&b=2'", ""},
		{"systemctl start nginx", "starts a service of the system"},
		{"sudo systemctl restart nginx", "starts a service of the system"},
		{"systemctl --user start a", "starts a service of the system"},
		{"systemctl enable --now nginx", "starts a service of the system"},
		{"systemctl enable nginx", ""},
		{"systemctl status nginx", ""},
		{"systemctl stop nginx", ""},
		{"systemctl daemon-reload", ""},
		{"service nginx start", "starts a service of the system"},
		{"service nginx status", ""},
		{"docker run -d nginx", "leaves a container running"},
		{"docker run --rm -itd nginx", "leaves a container running"},
		{"docker run --name web -p 80:80 --detach nginx", "leaves a container running"},
		{"docker run -p 80:80 -v /a:/b -d nginx", "leaves a container running"},
		{"docker run --name=web --restart always -d nginx", "leaves a container running"},
		{"docker container run -d nginx", "leaves a container running"},
		{"podman run -d nginx", "leaves a container running"},
		{"docker start web", "leaves a container running"},
		{"docker run --rm alpine cmd -d", ""}, // the container's flag
		{"docker run --rm -v /d:/d alpine ls", ""},
		{"docker run -e d=1 alpine ls", ""},
		{"docker run --name -d alpine ls", ""},
		{"docker", ""},
		{"docker ps -d", ""},
		{"docker build -t d .", ""},
		{"docker compose up -d", "leaves a container running"},
		{"docker compose up", ""},
		{"docker compose -f a.yml up --detach", "leaves a container running"},
		{"docker-compose up -d", "leaves containers running"},
		{"docker-compose up", ""},
		{"screen -dmS web a", "leaves a screen session running"},
		{"screen -d -m a", "leaves a screen session running"},
		{"screen -ls", ""},
		{"tmux new-session -d -s web 'a'", "leaves a tmux session running"},
		{"tmux new -ds web", "leaves a tmux session running"},
		{"tmux ls", ""},
		{"pm2 start app.js", "leaves a process running"},
		{"supervisord -c a", "leaves a process running"},
		{"a &\ndisown", "runs in the background"},
		{"start-stop-daemon --start --exec /a", "leaves a process running"},
		{"start-stop-daemon --stop --exec /a", ""},
		{"crontab jobs", "runs commands later"},
		{"crontab -l", ""},
		{"python3 -m http.server 8000", "is a web server"},
		{"exec python3 -m http.server", "is a web server"},
		{"timeout 60 python3 -m http.server", ""},
		{"timeout 60 bash -c 'cd a; uvicorn b:c'", ""},
		{"nohup sh -c 'echo a; echo b'", "keeps a process running"},
		{"timeout 60 systemctl start nginx", "starts a service of the system"},
		{"flask run --host 0.0.0.0", "is a web server"},
		{"python -m flask run", "is a web server"},
		{"flask db upgrade", ""},
		{"uvicorn main:app --port 80", "is a web server"},
		{"/opt/venv/bin/gunicorn app:app", "is a web server"},
		{"gunicorn --version", ""},
		{"pip install gunicorn uvicorn flask", ""},
		{"which nginx", ""},
		{"nginx", "is a web server"},
		{"nginx -g 'daemon off;'", "is a web server"},
		{"nginx -t", ""},
		{"nginx -v", ""},
		{"nginx -s reload", ""},
		{"node server.js", "is a server"},
		{"node dist/server/index.js", ""},
		{"node app.js", "is a server"},
		{"node build.js", ""},
		{"npm start", "is a web server"},
		{"npm run start", "is a web server"},
		{"npm run serve", "is a web server"},
		{"npm run build", ""},
		{"npx serve -s build", "is a web server"},
		{"yarn dev", "is a web server"},
		{"php -S 0.0.0.0:80", "is a web server"},
		{"python manage.py runserver", "is a web server"},
		{"python manage.py migrate", ""},
		{"redis-server", "is a database"},
		{"ollama serve", "serves models"},
		{"ollama run a", ""},
		{"python -m vllm.entrypoints.openai.api_server --model a", "serves models"},
		{"k3s server", "is a cluster"},
		{"tail -f /var/log/messages", "never ends"},
		{"tail -n 5 a", ""},
		{"sleep infinity", "never ends"},
		{"sleep 5", ""},
		{"echo nohup a", ""},
		{"# nohup a\necho", ""},
		{"cat > a.service <<EOF\nExecStart=nohup a &\nEOF\necho", ""},
		{"case $1 in nginx) echo a;; esac", ""},
		{"echo hello", ""},
	} {
		got := mustRead(t, c.content+"\n").Persists
		what := ""
		if len(got) > 0 && got[0].Line == 1 {
			what = got[0].What
		}
		if what != c.want || c.want == "" && len(got) > 0 {
			t.Errorf("%s\n\tgot %+v, want %q", c.content, got, c.want)
		}
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		line, want string // "" is none
	}{
		{"aliyun configure set --access-key-id LTAI5tSyntheticKeyId01", "an AccessKey ID of Alibaba Cloud"},
		{"# LTAI5tSyntheticKeyId01", "an AccessKey ID of Alibaba Cloud"}, // a comment is stored too
		{"export ID=STS.NSyntheticKey0123", "a temporary AccessKey ID of Alibaba Cloud"},
		{"export AWS=AKIA0123456789ABCDEF", "an access key of another cloud"},
		{"-----BEGIN RSA PRIVATE KEY-----", "a private key"},
		{"-----BEGIN PUBLIC KEY-----", ""},
		{"git clone https://ghp_0123456789012345678901234567890123456@github.com/a", "an access token"},
		{"x=hf_01234567890123456789abcd", "an access token"},
		{"x=sk-01234567890123456789", "an access token"},
		{"curl -H 'Authorization: Bearer abcdef0123456789' localhost", "the credentials of a request"},
		{"curl -H \"Authorization: Bearer $TOKEN\" localhost", ""},
		{"curl -H 'Authorization: Basic dXNlcjpwYXNzd29yZA==' localhost", "the credentials of a request"},
		{"# basic configuration", ""},
		{"x=eyJhbGciOiJI.eyJzdWIiOiIx.abc", "a JSON web token"},
		{"psql postgres://user:hunter22@db/x", "a password in an address"},
		{"psql postgres://user:$PASS@db/x", ""},
		{"curl http://localhost:8080/a@b", ""},
		{"curl -u admin:hunter22 localhost", "a password on a command line"},
		{"curl -u admin:$PASS localhost", ""},
		{"sshpass -p hunter22 ssh a", "a password on a command line"},
		{"sshpass -p $PASS ssh a", ""},
		{"mysql -u root -phunter22 -e x", "a password on a command line"},
		{"mysql -u root -p -e x", ""},
		{"export PASSWORD=hunter22", "the value of a password"},
		{"DB_PASSWORD='hunter22' ./run", "the value of a password"},
		{"MYSQL_ROOT_PASSWORD: hunter22", "the value of a password"},
		{`  "password": "hunter22",`, "the value of a password"},
		{"ADMIN_PWD=hunter22", "the value of a password"},
		{"API_KEY=abcdef123456", "the value of a key"},
		{"apikey = abcdef123456", "the value of a key"},
		{"ACCESS_KEY_SECRET=abcdef123456", "the value of a secret"},
		{"export ALIBABA_CLOUD_ACCESS_KEY_SECRET=abcdef123456", "the value of a secret"},
		{"run --token abcdef123456", "the value of a token"},
		{"run --token=abcdef123456", "the value of a token"},
		{"docker run -e MYSQL_PASSWORD=hunter22 mysql", "the value of a password"},
		// Not secrets: what stands for one, says where one is, or only talks.
		{"PASSWORD=$(cat /run/secret)", ""},
		{"PASSWORD=$1", ""},
		{`PASSWORD="$DB_PASSWORD"`, ""},
		{`PASSWORD="${DB_PASSWORD:-}"`, ""},
		{"PASSWORD=`cat a`", ""},
		{"PASSWORD=", ""},
		{"PASSWORD=abc", ""},
		{`PASSWORD=""`, ""},
		{"PASSWORD=<your password>", ""},
		{"PASSWORD=********", ""},
		{"PASSWORD=xxxxxxxx", ""},
		{"PASSWORD=changeme", ""},
		{"PASSWORD_FILE=/run/secrets/db", ""},
		{"TOKEN_PATH=abcdef", ""},
		{"token=/run/secrets/token", ""},
		{"TOKEN_URL=https://auth.example.com", ""},
		{"token = get_token()", ""},
		{"docker login --password-stdin < a", ""},
		{"run --token $TOKEN", ""},
		{"echo enter your password please", ""},
		{"echo the token was found", ""},
		{"PWD=/root", ""},
		{"cd $OLDPWD", ""},
		{"tokenizer = load", ""},
		{"run --max-tokens 4096", ""},
		{"max_tokens=4096", ""},
		{"passwd -l root", ""},
		{"echo hello", ""},
	} {
		content := "echo first\n" + c.line + "\necho last\n"
		got := mustRead(t, content).Secrets
		switch {
		case c.want == "" && len(got) == 0:
		case len(got) != 1 || got[0].Line != 2 || got[0].What != "looks like "+c.want || c.want == "":
			t.Errorf("%s\n\tgot %+v, want %q", c.line, got, c.want)
		case got[0].Text != "":
			t.Errorf("%s\n\ttold: %+v", c.line, got)
		}
	}
}

// No secret gets out by another sign on its line.
func TestSecretsAreNotTold(t *testing.T) {
	t.Parallel()
	s := mustRead(t, "TOKEN=hunter22hunter nohup pip install a &\ncurl -u admin:hunter22 https://github.com/a\n")
	if len(s.Needs) != 2 || len(s.Persists) != 1 || len(s.Secrets) != 2 {
		t.Errorf("got %+v", s)
	}
	for _, sign := range slices.Concat(s.Needs, s.Persists, s.Secrets) {
		if strings.Contains(sign.Text+sign.What, "hunter22") {
			t.Errorf("got %+v", sign)
		}
	}
}

// A value that grows each time it is used is not kept: the memory is not the script's.
func TestVariablesStaySmall(t *testing.T) {
	t.Parallel()
	s := mustRead(t, "a=github.com/xxxxxxxxxxxxxxxx\n"+strings.Repeat("a=$a$a$a$a$a$a$a$a\n", 100)+"curl $a\n")
	if got := lines(s.Needs); !slices.Equal(got, []int{102}) {
		t.Errorf("got %v", got)
	}
}

// Whatever stands inside itself ends somewhere.
func TestDeepScripts(t *testing.T) {
	t.Parallel()
	for _, part := range []string{"$(", "`", "(", "eval ", "${", "\"$(", "a<<b ", "sudo ", "a&\n", "case a in ", "a=(", "'", "\\", "{ ", "bash -c "} {
		Read([]byte(strings.Repeat(part, MaxBytes/8/len(part))))
	}
}
